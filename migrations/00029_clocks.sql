-- +goose Up

-- When the next duty of a case falls that the law asks for by itself: a warning, a letter on a delay.
ALTER TABLE tickets ADD COLUMN next_duty_at timestamptz; -- null: none does
CREATE INDEX tickets_next_duty ON tickets (next_duty_at) WHERE next_duty_at IS NOT NULL;
SELECT set_config('app.agency', 'all', true);
UPDATE tickets SET next_duty_at = due_at WHERE closed_at IS NULL; -- counted when they are looked at

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
ALTER TABLE tickets DROP COLUMN next_duty_at;
