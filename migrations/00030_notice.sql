-- +goose Up

-- A deficiency notice as it was signed: by the officer who wrote it, and by the citizen's tap (LFA-8.1).
ALTER TABLE deficiency_notices
  ADD COLUMN hash          text NOT NULL DEFAULT '', -- SHA-256 of the words of the notice, in hexadecimal
  ADD COLUMN lengthened_to date CHECK (lengthened_to > due_on),
  ADD COLUMN seen_at       timestamptz,
  ADD COLUMN seen_by       text NOT NULL DEFAULT '', -- by which way the citizen acknowledged it: 'line 9', 'track'
  ADD CONSTRAINT deficiency_notices_seen CHECK ((seen_at IS NULL) = (seen_by = ''));
-- One notice for each case; another names its legal reason (LFA-8.2).
CREATE UNIQUE INDEX deficiency_notices_once ON deficiency_notices (ticket_id) WHERE override = '';
CREATE INDEX deficiency_notices_overrides ON deficiency_notices (agency_id, at) WHERE override <> '';

ALTER TABLE wants
  ADD COLUMN law text NOT NULL DEFAULT '', -- what adds it to the manual; empty: the manual lists it (LFA-7.2)
  ADD COLUMN why text NOT NULL DEFAULT ''; -- why what came is asked for again, within the same notice

-- Cases that were returned, as the letter says it (LFA-9.1).
CREATE TABLE returns (
  ticket_id  bigint PRIMARY KEY REFERENCES tickets,
  agency_id  bigint NOT NULL REFERENCES agencies,
  officer_id bigint REFERENCES officers, -- null: by itself, when the time was over
  missing    text[] NOT NULL,
  reason     text NOT NULL,
  remedy     text NOT NULL,
  appeal     text NOT NULL,
  at         timestamptz NOT NULL
);
CREATE INDEX ON returns (agency_id);
CREATE INDEX ON returns (officer_id);
ALTER TABLE returns ENABLE ROW LEVEL SECURITY;
ALTER TABLE returns FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON returns USING (in_scope(agency_id)) WITH CHECK (own_ticket(agency_id, ticket_id));

-- The case that was returned and is filed again by this request.
ALTER TABLE requests ADD COLUMN again bigint REFERENCES tickets;
CREATE INDEX requests_again ON requests (again) WHERE again IS NOT NULL;

-- +goose Down
DROP INDEX requests_again;
ALTER TABLE requests DROP COLUMN again;
DROP TABLE returns;
ALTER TABLE wants DROP COLUMN law, DROP COLUMN why;
DROP INDEX deficiency_notices_once, deficiency_notices_overrides;
ALTER TABLE deficiency_notices DROP COLUMN hash, DROP COLUMN lengthened_to, DROP COLUMN seen_at, DROP COLUMN seen_by;
