-- +goose Up

-- When the next duty of a case falls that the law asks for by itself: a warning, a letter on a delay.
ALTER TABLE tickets ADD COLUMN next_duty_at timestamptz; -- null: none does
CREATE INDEX tickets_next_duty ON tickets (next_duty_at) WHERE next_duty_at IS NOT NULL;
-- How the time to decide stands, as lists show it: reckoned with due_at.
ALTER TABLE tickets
  ADD COLUMN stopped    boolean  NOT NULL DEFAULT false, -- it stands still, and due_at with it
  ADD COLUMN used       smallint NOT NULL DEFAULT 0,     -- the part that is used up at which officers are warned, in hundredths
  ADD COLUMN letter_due boolean  NOT NULL DEFAULT false; -- a letter on the delay waits for its reason
CREATE INDEX tickets_used ON tickets (agency_id, due_at, id) WHERE closed_at IS NULL AND used > 50;
CREATE INDEX tickets_letter_due ON tickets (agency_id, due_at, id) WHERE closed_at IS NULL AND letter_due;
SELECT set_config('app.agency', 'all', true);
-- What is open already is counted by the first run of the duties.
UPDATE tickets SET next_duty_at = least(due_at, now()), stopped = status = 'awaiting_citizen' WHERE closed_at IS NULL;

-- Prolongations of the time to decide, as the citizen was told of them (LFA-10.1).
CREATE TABLE extensions (
  agency_id  bigint NOT NULL REFERENCES agencies,
  ticket_id  bigint NOT NULL REFERENCES tickets,
  n          int NOT NULL,
  days       int NOT NULL CHECK (days > 0),
  reason     text NOT NULL,
  officer_id bigint NOT NULL REFERENCES officers,
  at         timestamptz NOT NULL,
  PRIMARY KEY (ticket_id, n)
);
CREATE INDEX ON extensions (agency_id);
CREATE INDEX ON extensions (officer_id);

-- Letters on a delay, every week with a reason, and a copy for the OPDC: this is the copy register (LFA-10.2).
CREATE TABLE letters (
  agency_id  bigint NOT NULL REFERENCES agencies,
  ticket_id  bigint NOT NULL REFERENCES tickets,
  n          int NOT NULL,
  due_at     timestamptz NOT NULL,
  reason     text NOT NULL DEFAULT '',
  officer_id bigint REFERENCES officers,
  sent_at    timestamptz,
  PRIMARY KEY (ticket_id, n),
  CHECK ((sent_at IS NULL) = (reason = '') AND (sent_at IS NULL) = (officer_id IS NULL))
);
CREATE INDEX letters_agency ON letters (agency_id, due_at, ticket_id, n);
CREATE INDEX ON letters (officer_id);

-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['extensions', 'letters']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY scope ON %I USING (in_scope(agency_id)) WITH CHECK (own_ticket(agency_id, ticket_id))', t);
  END LOOP;
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE letters, extensions;
ALTER TABLE tickets DROP COLUMN next_duty_at, DROP COLUMN stopped, DROP COLUMN used, DROP COLUMN letter_due;
