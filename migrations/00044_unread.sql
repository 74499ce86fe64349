-- +goose Up

-- When an officer last opened a queue, to within some minutes (MTH-2.1).
CREATE TABLE queue_looks (
  queue_id  bigint PRIMARY KEY REFERENCES queues,
  agency_id bigint NOT NULL REFERENCES agencies,
  at        timestamptz NOT NULL
);
CREATE INDEX ON queue_looks (agency_id);

-- That nobody had opened a queue by an hour at which it must have been, while something unread waited there: told to the head.
CREATE TABLE unread_alerts (
  queue_id  bigint NOT NULL REFERENCES queues,
  agency_id bigint NOT NULL REFERENCES agencies,
  slot      timestamptz NOT NULL, -- the hour
  unread    int NOT NULL,         -- how many cases waited
  PRIMARY KEY (queue_id, slot)
);
CREATE INDEX unread_alerts_agency ON unread_alerts (agency_id, slot);
CREATE INDEX tickets_unread ON tickets (queue_id) WHERE unread AND closed_at IS NULL;

ALTER TABLE queue_looks ENABLE ROW LEVEL SECURITY;
ALTER TABLE queue_looks FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON queue_looks USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id));
ALTER TABLE unread_alerts ENABLE ROW LEVEL SECURITY;
ALTER TABLE unread_alerts FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON unread_alerts USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id));

-- +goose Down
DROP INDEX tickets_unread;
DROP TABLE unread_alerts, queue_looks;
