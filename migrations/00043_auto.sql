-- +goose Up

-- An approval may be made by a rule of the service, where the case keeps that rule (SEED-24): officer_id is then null as of a
-- deemed one. Which rules that can be is written with the case; it can become fewer, not more.
ALTER TABLE tickets
  ADD COLUMN approves text[] NOT NULL DEFAULT '{}',
  ADD COLUMN ruled    boolean NOT NULL DEFAULT false; -- the service, as the case keeps it, has rules that are on
ALTER TABLE decisions
  ADD COLUMN rule text NOT NULL DEFAULT '', -- key of the rule that decided; '': nobody's rule
  DROP CONSTRAINT decisions_officer_check,
  ADD CONSTRAINT decisions_officer_check CHECK ((officer_id IS NULL) = (outcome = 'deemed' OR rule <> '')),
  ADD CONSTRAINT decisions_rule_check CHECK (rule = '' OR outcome = 'approve');

-- What officers stopped of that which the system does by itself: in a case, in a service, or in the whole agency.
CREATE TABLE halts (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id  bigint NOT NULL REFERENCES agencies,
  ticket_id  bigint REFERENCES tickets,       -- null: not of one case
  form_key   text NOT NULL DEFAULT '',        -- without a case: of this service; '': of all
  rule       text NOT NULL DEFAULT '',        -- key of the rule; '': all
  officer_id bigint NOT NULL REFERENCES officers,
  reason     text NOT NULL CHECK (reason <> ''),
  at         timestamptz NOT NULL,
  ended_by   bigint REFERENCES officers,
  ended_at   timestamptz,
  CHECK ((ended_at IS NULL) = (ended_by IS NULL)),
  CHECK (ticket_id IS NULL OR form_key = '')
);
CREATE UNIQUE INDEX halts_standing ON halts (agency_id, coalesce(ticket_id, 0), form_key, rule) WHERE ended_at IS NULL;
CREATE INDEX ON halts (agency_id);
CREATE INDEX ON halts (ticket_id);
CREATE INDEX ON halts (officer_id);
CREATE INDEX ON halts (ended_by);
ALTER TABLE halts ENABLE ROW LEVEL SECURITY;
ALTER TABLE halts FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON halts USING (in_scope(agency_id)) WITH CHECK (CASE WHEN ticket_id IS NULL THEN in_scope(agency_id) ELSE own_ticket(agency_id, ticket_id) END);

-- What a decision by a rule must be to be written at all, whoever writes it.
-- +goose StatementBegin
CREATE FUNCTION decision_by_rule() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  -- Of a case that cannot be seen nothing is known; there no rule decides.
  IF NOT EXISTS (SELECT FROM tickets t WHERE t.id = NEW.ticket_id AND NEW.rule = ANY (t.approves) AND NOT t.two_person) THEN
    RAISE EXCEPTION 'the case keeps no rule that approves it' USING ERRCODE = 'check_violation', CONSTRAINT = 'decisions_by_rule';
  END IF;
  IF EXISTS (SELECT FROM decisions d WHERE d.ticket_id = NEW.ticket_id) THEN
    RAISE EXCEPTION 'somebody took a decision back, so a person decides' USING ERRCODE = 'check_violation', CONSTRAINT = 'decisions_by_rule';
  END IF;
  IF EXISTS (SELECT FROM halts h JOIN tickets t ON t.id = NEW.ticket_id WHERE h.ended_at IS NULL AND h.agency_id = t.agency_id AND h.rule IN ('', NEW.rule)
      AND (h.ticket_id = t.id OR h.ticket_id IS NULL AND h.form_key IN ('', t.form_key))) THEN
    RAISE EXCEPTION 'an officer stopped the rule' USING ERRCODE = 'check_violation', CONSTRAINT = 'decisions_by_rule';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER decision_by_rule BEFORE INSERT ON decisions FOR EACH ROW WHEN (NEW.rule <> '') EXECUTE FUNCTION decision_by_rule();

-- +goose StatementBegin
CREATE FUNCTION decision_rule_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'by which rule was decided is not changed' USING ERRCODE = 'insufficient_privilege';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER decision_rule_stays BEFORE UPDATE ON decisions FOR EACH ROW WHEN (NEW.rule IS DISTINCT FROM OLD.rule) EXECUTE FUNCTION decision_rule_stays();

-- +goose StatementBegin
CREATE FUNCTION approves_no_more() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'what rules may approve a case is not added to' USING ERRCODE = 'insufficient_privilege';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER approves_no_more BEFORE UPDATE ON tickets FOR EACH ROW WHEN (NOT NEW.approves <@ OLD.approves) EXECUTE FUNCTION approves_no_more();

-- What was stopped stays as it was said; it is ended once, and its words go with the record.
-- +goose StatementBegin
CREATE FUNCTION halt_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF (NEW.agency_id, NEW.ticket_id, NEW.form_key, NEW.rule, NEW.officer_id, NEW.at) IS DISTINCT FROM (OLD.agency_id, OLD.ticket_id, OLD.form_key, OLD.rule, OLD.officer_id, OLD.at)
    OR OLD.ended_at IS NOT NULL AND (NEW.ended_at, NEW.ended_by) IS DISTINCT FROM (OLD.ended_at, OLD.ended_by) THEN
    RAISE EXCEPTION 'what was stopped is ended, not changed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER halt_stays BEFORE UPDATE ON halts FOR EACH ROW EXECUTE FUNCTION halt_stays();

-- +goose Down
-- What a rule approved was approved by nobody whom the release before knows: it stands as deemed.
SELECT set_config('app.agency', 'all', true);
DROP TRIGGER approves_no_more ON tickets;
DROP TRIGGER decision_by_rule ON decisions;
DROP TRIGGER decision_rule_stays ON decisions;
ALTER TABLE decisions DISABLE TRIGGER decision_stays;
UPDATE decisions SET outcome = 'deemed', rule = '' WHERE rule <> '';
ALTER TABLE decisions ENABLE TRIGGER decision_stays;
ALTER TABLE decisions
  DROP CONSTRAINT decisions_rule_check,
  DROP CONSTRAINT decisions_officer_check,
  DROP COLUMN rule,
  ADD CONSTRAINT decisions_officer_check CHECK ((officer_id IS NULL) = (outcome = 'deemed'));
ALTER TABLE tickets DROP COLUMN approves, DROP COLUMN ruled;
DROP TABLE halts;
DROP FUNCTION decision_by_rule, decision_rule_stays, approves_no_more, halt_stays;
