-- +goose Up

-- By which way a request came. Empty: as its conversation says.
ALTER TABLE requests ADD COLUMN way text NOT NULL DEFAULT '' CHECK (way IN ('', 'chat', 'web', 'counter', 'phone', 'volunteer'));

-- The receive register (ทะเบียนหนังสือรับ, MTH-2.3): one number of the agency and Buddhist year for each case that came to
-- it, without gaps, never changed and never taken away. From whom and what about is the case's to say: a name that is
-- erased there is gone here too, and the number stays.
CREATE TABLE received (
  agency_id   bigint NOT NULL REFERENCES agencies,
  year_be     int NOT NULL,
  n           bigint NOT NULL CHECK (n > 0),
  ticket_id   bigint NOT NULL UNIQUE REFERENCES tickets,
  way         text NOT NULL CHECK (way IN ('chat', 'web', 'counter', 'phone', 'volunteer', 'transfer', 'other')),
  from_agency bigint REFERENCES agencies, -- who handed it over; null: the citizen wrote
  unit        text NOT NULL,              -- to whom: the queue, by its name of then
  entered_at  timestamptz NOT NULL,
  deemed_at   timestamptz NOT NULL,       -- when it counts as received (EGA-10.1)
  PRIMARY KEY (agency_id, year_be, n),
  CHECK ((from_agency IS NULL) = (way <> 'transfer'))
);
CREATE INDEX ON received (from_agency);
ALTER TABLE received ENABLE ROW LEVEL SECURITY;
ALTER TABLE received FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON received USING (in_scope(agency_id)) WITH CHECK (own_ticket(agency_id, ticket_id));

-- Cases from before the register get their numbers in the order in which they came.
SELECT set_config('app.agency', 'all', true);
INSERT INTO received (agency_id, year_be, n, ticket_id, way, unit, entered_at, deemed_at)
SELECT t.agency_id, y.year, row_number() OVER (PARTITION BY t.agency_id, y.year ORDER BY t.id), t.id,
       CASE ch.kind WHEN 'line' THEN 'chat' WHEN 'web' THEN 'web' ELSE 'other' END, q.name, t.entered_at, t.deemed_received_at
  FROM tickets t JOIN queues q ON q.id = t.queue_id JOIN requests r ON r.id = t.request_id
  LEFT JOIN conversations c ON c.id = r.conversation_id LEFT JOIN channels ch ON ch.id = c.channel_id,
  LATERAL (SELECT extract(year FROM t.deemed_received_at AT TIME ZONE 'Asia/Bangkok')::int + 543 AS year) y;
INSERT INTO number_series (agency_id, series, year_be, last)
SELECT agency_id, 'received', year_be, max(n) FROM received GROUP BY agency_id, year_be;

-- +goose Down
SELECT set_config('app.agency', 'all', true);
DROP TABLE received;
DELETE FROM number_series WHERE series = 'received';
ALTER TABLE requests DROP COLUMN way;
