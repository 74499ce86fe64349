-- +goose Up

-- Who is called when something cannot wait. A table is never changed; the newest counts, and each call says by which it was made.
CREATE TABLE on_call_tables (
  agency_id  bigint NOT NULL REFERENCES agencies,
  n          int NOT NULL CHECK (n > 0),
  shifts     jsonb NOT NULL,
  officer_id bigint NOT NULL REFERENCES officers, -- who decided it
  why        text NOT NULL CHECK (btrim(why) <> ''),
  at         timestamptz NOT NULL,
  PRIMARY KEY (agency_id, n)
);
CREATE INDEX ON on_call_tables (officer_id);

-- Calls of officers: what becomes of the text message. That somebody was called is a line of the case's history; the row goes with
-- it, and is what the job that sends looks at, so that nobody is sent one twice.
CREATE TABLE calls (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id  bigint NOT NULL REFERENCES agencies,
  ticket_id  bigint REFERENCES tickets, -- null: an officer tries it out
  officer_id bigint NOT NULL REFERENCES officers,
  at         timestamptz NOT NULL,
  ended_at   timestamptz, -- the message is sent, or it is known that none will be
  sent       boolean NOT NULL DEFAULT false,
  why        text NOT NULL DEFAULT '' CHECK (why IN ('', 'taken', 'phone', 'gateway', 'refused', 'late')) -- why none was
);
CREATE INDEX ON calls (agency_id, id);
CREATE INDEX ON calls (ticket_id, id);
CREATE INDEX ON calls (officer_id);

-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['on_call_tables', 'calls'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
  END LOOP;
END
$$;
-- +goose StatementEnd
CREATE POLICY scope ON on_call_tables USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id));
CREATE POLICY scope ON calls USING (in_scope(agency_id)) WITH CHECK (CASE WHEN ticket_id IS NULL THEN in_scope(agency_id) ELSE own_ticket(agency_id, ticket_id) END);

-- The telephone at which an officer is called, sealed: what stands beside it, everybody reads.
ALTER TABLE officers ADD COLUMN phone_sealed bytea NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE officers DROP COLUMN phone_sealed;
DROP TABLE calls, on_call_tables;
