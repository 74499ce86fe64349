-- +goose Up

-- A refusal keeps apart what was found, why, by which law, and to whom and within how many days an appeal goes (LFA-11.1).
-- A decision of which nobody was told yet may be taken back: both stay, and one of a case stands at a time.
ALTER TABLE decisions
  ADD COLUMN n             int NOT NULL DEFAULT 1,
  ADD COLUMN facts         text NOT NULL DEFAULT '', -- of a refusal: what was found
  ADD COLUMN appeal_body   text NOT NULL DEFAULT '', -- of a refusal: who decides on an appeal
  ADD COLUMN appeal_days   int NOT NULL DEFAULT 0,   -- of a refusal: counted from the day it was told
  ADD COLUMN post          text NOT NULL DEFAULT '', -- of who signed (EGA-16.1)
  ADD COLUMN acting_for    text NOT NULL DEFAULT '', -- the post whose power was used; '': the own one
  ADD COLUMN order_no      text NOT NULL DEFAULT '', -- the order that gives that power
  ADD COLUMN withdrawn_at  timestamptz,
  ADD COLUMN withdrawn_by  bigint REFERENCES officers,
  ADD COLUMN withdrawn_why text NOT NULL DEFAULT '',
  ALTER COLUMN officer_id DROP NOT NULL, -- null: nobody decided in time, the law did (LFA-12.1)
  DROP CONSTRAINT decisions_pkey,
  ADD PRIMARY KEY (ticket_id, n),
  DROP CONSTRAINT decisions_outcome_check,
  ADD CONSTRAINT decisions_outcome_check CHECK (outcome IN ('approve', 'approve_with_conditions', 'refuse', 'deemed')),
  ADD CONSTRAINT decisions_officer_check CHECK ((officer_id IS NULL) = (outcome = 'deemed')),
  ADD CONSTRAINT decisions_withdrawn_check CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL) AND (withdrawn_at IS NULL) = (withdrawn_why = ''));
CREATE UNIQUE INDEX decisions_standing ON decisions (ticket_id) WHERE withdrawn_at IS NULL;

-- Whether two people must have looked at a case before it is decided, as its service said when it came. It is not taken
-- back later.
ALTER TABLE tickets ADD COLUMN two_person boolean NOT NULL DEFAULT false;

ALTER TABLE officers ADD COLUMN post text NOT NULL DEFAULT ''; -- ตำแหน่ง, as it stands under a signature

-- Whose power an officer uses beside the own, and since when (มอบอำนาจ, รักษาราชการแทน; EGA-16.1).
CREATE TABLE delegations (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id  bigint NOT NULL REFERENCES agencies,
  officer_id bigint NOT NULL REFERENCES officers,
  kind       text NOT NULL CHECK (kind IN ('delegated', 'acting')),
  post       text NOT NULL CHECK (post <> ''), -- whose power it is
  order_no   text NOT NULL CHECK (order_no <> ''),
  from_on    date NOT NULL,
  until_on   date, -- the last day; null: until it is ended
  made_by    bigint NOT NULL REFERENCES officers,
  made_at    timestamptz NOT NULL,
  ended_at   timestamptz,
  CHECK (until_on >= from_on)
);
CREATE INDEX ON delegations (agency_id);
CREATE INDEX ON delegations (officer_id);

-- The opinions on a case before its decision, each signed and never changed (MTH-3.1). A line with back_to sends the case
-- back to that step, from which on the opinions before it no longer count.
CREATE TABLE opinions (
  agency_id     bigint NOT NULL REFERENCES agencies,
  ticket_id     bigint NOT NULL REFERENCES tickets,
  n             int NOT NULL,
  step          text NOT NULL CHECK (step IN ('staff', 'specialist', 'clerk', 'head')),
  officer_id    bigint NOT NULL REFERENCES officers,
  proposes      text NOT NULL CHECK (proposes IN ('', 'approve', 'approve_with_conditions', 'refuse')),
  text          text NOT NULL,
  post          text NOT NULL DEFAULT '',
  acting_for    text NOT NULL DEFAULT '',
  order_no      text NOT NULL DEFAULT '',
  back_to       text NOT NULL DEFAULT '' CHECK (back_to IN ('', 'staff', 'specialist', 'clerk')),
  at            timestamptz NOT NULL,
  superseded_at timestamptz,
  PRIMARY KEY (ticket_id, n),
  CHECK ((proposes = '') = (back_to <> ''))
);
CREATE INDEX ON opinions (agency_id);
CREATE INDEX ON opinions (officer_id);

-- What a decision must be to be written at all, whoever writes it.
-- +goose StatementBegin
CREATE FUNCTION decision_rules() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.outcome = 'refuse' AND (btrim(NEW.facts) = '' OR btrim(NEW.reason) = '' OR btrim(NEW.legal_basis) = '' OR btrim(NEW.appeal_body) = '' OR NEW.appeal_days < 1) THEN
    RAISE EXCEPTION 'a refusal lacks facts, reasons, law, or where and until when to appeal' USING ERRCODE = 'check_violation', CONSTRAINT = 'decisions_refusal';
  END IF;
  IF NEW.outcome = 'approve_with_conditions' AND btrim(NEW.conditions) = '' THEN
    RAISE EXCEPTION 'an approval with conditions has none' USING ERRCODE = 'check_violation', CONSTRAINT = 'decisions_conditions';
  END IF;
  -- Of a case that cannot be seen it is not known; there the policy lets nothing be written.
  IF NEW.outcome <> 'deemed' AND EXISTS (SELECT FROM tickets t WHERE t.id = NEW.ticket_id AND t.two_person)
    AND NOT EXISTS (SELECT FROM opinions o WHERE o.ticket_id = NEW.ticket_id AND o.officer_id <> NEW.officer_id AND o.back_to = '' AND o.superseded_at IS NULL) THEN
    RAISE EXCEPTION 'a case of which two people decide has no opinion of another person' USING ERRCODE = 'check_violation', CONSTRAINT = 'decisions_two_person';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER decision_rules BEFORE INSERT ON decisions FOR EACH ROW EXECUTE FUNCTION decision_rules();

-- What was decided is not changed: it is taken back once, and its words go when its record is disposed of.
-- +goose StatementBegin
CREATE FUNCTION decision_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF (NEW.ticket_id, NEW.n, NEW.officer_id, NEW.outcome, NEW.legal_basis, NEW.appeal, NEW.appeal_body, NEW.appeal_days, NEW.post, NEW.acting_for, NEW.order_no, NEW.at, NEW.replaces, NEW.replaces_until)
      IS DISTINCT FROM
     (OLD.ticket_id, OLD.n, OLD.officer_id, OLD.outcome, OLD.legal_basis, OLD.appeal, OLD.appeal_body, OLD.appeal_days, OLD.post, OLD.acting_for, OLD.order_no, OLD.at, OLD.replaces, OLD.replaces_until)
    OR NEW.facts NOT IN (OLD.facts, '') OR NEW.reason NOT IN (OLD.reason, '') OR NEW.conditions NOT IN (OLD.conditions, '')
    OR OLD.withdrawn_at IS NOT NULL AND (NEW.withdrawn_at, NEW.withdrawn_by, NEW.withdrawn_why) IS DISTINCT FROM (OLD.withdrawn_at, OLD.withdrawn_by, OLD.withdrawn_why) THEN
    RAISE EXCEPTION 'a decision is not changed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER decision_stays BEFORE UPDATE ON decisions FOR EACH ROW EXECUTE FUNCTION decision_stays();

-- +goose StatementBegin
CREATE FUNCTION opinion_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF (NEW.ticket_id, NEW.n, NEW.step, NEW.officer_id, NEW.proposes, NEW.post, NEW.acting_for, NEW.order_no, NEW.back_to, NEW.at)
      IS DISTINCT FROM (OLD.ticket_id, OLD.n, OLD.step, OLD.officer_id, OLD.proposes, OLD.post, OLD.acting_for, OLD.order_no, OLD.back_to, OLD.at)
    OR NEW.text NOT IN (OLD.text, '') OR OLD.superseded_at IS NOT NULL AND NEW.superseded_at IS DISTINCT FROM OLD.superseded_at THEN
    RAISE EXCEPTION 'an opinion is not changed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER opinion_stays BEFORE UPDATE ON opinions FOR EACH ROW EXECUTE FUNCTION opinion_stays();

-- +goose StatementBegin
CREATE FUNCTION two_person_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF OLD.two_person AND NOT NEW.two_person THEN
    RAISE EXCEPTION 'that two people decide on a case is not taken back' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER two_person_stays BEFORE UPDATE OF two_person ON tickets FOR EACH ROW EXECUTE FUNCTION two_person_stays();

ALTER TABLE delegations ENABLE ROW LEVEL SECURITY;
ALTER TABLE delegations FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON delegations USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id));
ALTER TABLE opinions ENABLE ROW LEVEL SECURITY;
ALTER TABLE opinions FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON opinions USING (in_scope(agency_id)) WITH CHECK (own_ticket(agency_id, ticket_id));

-- +goose Down
-- What was taken back was never told: the decision that stands is the decision.
SELECT set_config('app.agency', 'all', true);
DROP TABLE opinions, delegations;
DROP TRIGGER two_person_stays ON tickets;
DROP TRIGGER decision_stays ON decisions;
DROP TRIGGER decision_rules ON decisions;
DROP FUNCTION opinion_stays, two_person_stays, decision_stays, decision_rules;
ALTER TABLE tickets DROP COLUMN two_person;
ALTER TABLE officers DROP COLUMN post;
DELETE FROM decisions WHERE withdrawn_at IS NOT NULL OR officer_id IS NULL;
UPDATE decisions SET outcome = 'approve' WHERE outcome = 'approve_with_conditions';
UPDATE decisions SET reason = btrim(reason || E'\n' || facts, E'\n') WHERE facts <> '';
DROP INDEX decisions_standing;
ALTER TABLE decisions
  DROP CONSTRAINT decisions_pkey, ADD PRIMARY KEY (ticket_id),
  DROP CONSTRAINT decisions_officer_check,
  DROP CONSTRAINT decisions_outcome_check, ADD CONSTRAINT decisions_outcome_check CHECK (outcome IN ('approve', 'refuse')),
  DROP COLUMN n, DROP COLUMN facts, DROP COLUMN appeal_body, DROP COLUMN appeal_days, DROP COLUMN post, DROP COLUMN acting_for, DROP COLUMN order_no,
  DROP COLUMN withdrawn_at, DROP COLUMN withdrawn_by, DROP COLUMN withdrawn_why,
  ALTER COLUMN officer_id SET NOT NULL;
