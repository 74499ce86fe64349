-- +goose Up

-- One row for every form of the officers' screens that was acted on: the second click on a
-- button finds the row and does nothing. Rows are of use for a day.
CREATE TABLE form_keys (
  key       text PRIMARY KEY,
  agency_id bigint NOT NULL REFERENCES agencies,
  at        timestamptz NOT NULL
);
CREATE INDEX ON form_keys (at);
ALTER TABLE form_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE form_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON form_keys USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id));

-- +goose Down
DROP TABLE form_keys;
