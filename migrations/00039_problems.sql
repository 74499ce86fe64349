-- +goose Up

-- "Closed" is a claim: what was done stands beside it, and whoever reported the thing may say that it is not so (SVC-5).
-- Reports of one thing are one case with several who follow it.

ALTER TABLE tickets
  ADD COLUMN evidence text[] NOT NULL DEFAULT '{}' -- what must stand beside an approval, as the service said when it came
    CHECK (evidence <@ ARRAY['photo', 'crew', 'worked_on']),
  ADD COLUMN alike    text,             -- the kind of thing it is about; null: it is never joined with another case
  ADD COLUMN lat      double precision, -- where, in degrees (WGS 84), of a case that may be joined
  ADD COLUMN lon      double precision,
  ADD COLUMN main_id  bigint,           -- the case that this one follows
  -- What others may follow is a case that may be joined and that follows none: so there are no chains and no circles.
  ADD COLUMN leads    bigint GENERATED ALWAYS AS (CASE WHEN main_id IS NULL AND alike IS NOT NULL THEN id END) STORED,
  ADD CONSTRAINT tickets_leads UNIQUE (agency_id, leads),
  ADD CONSTRAINT tickets_follows FOREIGN KEY (agency_id, main_id) REFERENCES tickets (agency_id, leads),
  ADD CONSTRAINT tickets_joined CHECK (main_id IS NULL OR alike IS NOT NULL AND main_id <> id),
  ADD CONSTRAINT tickets_merged CHECK ((status = 'merged') = (main_id IS NOT NULL AND closed_at IS NULL)),
  ADD CONSTRAINT tickets_pinned CHECK ((lat IS NULL) = (lon IS NULL));
CREATE INDEX tickets_main ON tickets (main_id) WHERE main_id IS NOT NULL;
CREATE INDEX tickets_near ON tickets (agency_id, alike, lat, lon) WHERE lat IS NOT NULL;

ALTER TABLE decisions
  ADD COLUMN crew           text NOT NULL DEFAULT '', -- of an approval: which crew or unit it was
  ADD COLUMN worked_on      date,                     -- and on which day
  ADD COLUMN reopened_at    timestamptz,              -- whoever reported it said that it is not so: it does not stand any more
  ADD COLUMN unconfirmed_at timestamptz;              -- nobody said anything in the time for it
DROP INDEX decisions_standing;
CREATE UNIQUE INDEX decisions_standing ON decisions (ticket_id) WHERE withdrawn_at IS NULL AND reopened_at IS NULL;

-- Photos of what was done; n is the decision they stand beside, null while there is none yet.
CREATE TABLE work_photos (
  agency_id     bigint NOT NULL REFERENCES agencies,
  ticket_id     bigint NOT NULL REFERENCES tickets,
  attachment_id bigint NOT NULL REFERENCES attachments,
  officer_id    bigint NOT NULL REFERENCES officers,
  at            timestamptz NOT NULL,
  n             int,
  PRIMARY KEY (ticket_id, attachment_id)
);
CREATE INDEX ON work_photos (agency_id);
CREATE INDEX ON work_photos (attachment_id);
CREATE INDEX ON work_photos (officer_id);

-- What those who reported a thing said of the result they were told.
CREATE TABLE confirmations (
  agency_id     bigint NOT NULL REFERENCES agencies,
  ticket_id     bigint NOT NULL, -- of joined cases the main one
  n             int NOT NULL,    -- of its decision
  reporter_id   bigint NOT NULL REFERENCES tickets, -- the case of whoever says it
  fixed         boolean NOT NULL,
  way           text NOT NULL CHECK (way <> ''),
  at            timestamptz NOT NULL,
  PRIMARY KEY (ticket_id, n, reporter_id, fixed),
  FOREIGN KEY (ticket_id, n) REFERENCES decisions (ticket_id, n)
);
CREATE UNIQUE INDEX confirmations_reopened ON confirmations (ticket_id, n) WHERE NOT fixed; -- the first who says so opens it again
CREATE INDEX ON confirmations (agency_id);
CREATE INDEX ON confirmations (reporter_id);

-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['work_photos', 'confirmations']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY scope ON %I USING (in_scope(agency_id)) WITH CHECK (own_ticket(agency_id, ticket_id))', t);
  END LOOP;
END
$$;
-- +goose StatementEnd

-- What a decision must be to be written at all, whoever writes it.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION decision_rules() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE wanted text[];
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
  SELECT t.evidence INTO wanted FROM tickets t WHERE t.id = NEW.ticket_id;
  IF NEW.outcome IN ('approve', 'approve_with_conditions') AND (
      'crew' = ANY(wanted) AND btrim(NEW.crew) = ''
      OR 'worked_on' = ANY(wanted) AND NEW.worked_on IS NULL
      OR 'photo' = ANY(wanted) AND NOT EXISTS (SELECT FROM work_photos p WHERE p.ticket_id = NEW.ticket_id AND p.n IS NULL)) THEN
    RAISE EXCEPTION 'an approval lacks the evidence of its work' USING ERRCODE = 'check_violation', CONSTRAINT = 'decisions_evidence';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd

-- What was decided is not changed: it is taken back once, or opened again once, and its words go when its record is disposed of.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION decision_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF (NEW.ticket_id, NEW.n, NEW.officer_id, NEW.outcome, NEW.legal_basis, NEW.appeal, NEW.appeal_body, NEW.appeal_days, NEW.post, NEW.acting_for, NEW.order_no, NEW.at, NEW.replaces, NEW.replaces_until, NEW.crew, NEW.worked_on)
      IS DISTINCT FROM
     (OLD.ticket_id, OLD.n, OLD.officer_id, OLD.outcome, OLD.legal_basis, OLD.appeal, OLD.appeal_body, OLD.appeal_days, OLD.post, OLD.acting_for, OLD.order_no, OLD.at, OLD.replaces, OLD.replaces_until, OLD.crew, OLD.worked_on)
    OR NEW.facts NOT IN (OLD.facts, '') OR NEW.reason NOT IN (OLD.reason, '') OR NEW.conditions NOT IN (OLD.conditions, '')
    OR OLD.reopened_at IS NOT NULL AND NEW.reopened_at IS DISTINCT FROM OLD.reopened_at
    OR OLD.unconfirmed_at IS NOT NULL AND NEW.unconfirmed_at IS DISTINCT FROM OLD.unconfirmed_at
    OR OLD.withdrawn_at IS NOT NULL AND (NEW.withdrawn_at, NEW.withdrawn_by, NEW.withdrawn_why) IS DISTINCT FROM (OLD.withdrawn_at, OLD.withdrawn_by, OLD.withdrawn_why) THEN
    RAISE EXCEPTION 'a decision is not changed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd

-- What must stand beside an approval, and that a case is never joined with another, nobody takes off a case.
-- +goose StatementBegin
CREATE FUNCTION evidence_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT NEW.evidence @> OLD.evidence OR OLD.alike IS NULL AND NEW.alike IS NOT NULL THEN
    RAISE EXCEPTION 'what a case must show is not taken back' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER evidence_stays BEFORE UPDATE OF evidence, alike ON tickets FOR EACH ROW EXECUTE FUNCTION evidence_stays();

-- +goose Down
-- Of several decisions that were told, the last is the one; who followed a case goes on alone.
SELECT set_config('app.agency', 'all', true);
DROP TRIGGER evidence_stays ON tickets;
DROP FUNCTION evidence_stays;
DROP TABLE confirmations, work_photos;
UPDATE tickets SET status = 'open', main_id = NULL WHERE status = 'merged';
ALTER TABLE tickets
  DROP CONSTRAINT tickets_follows, DROP CONSTRAINT tickets_leads, DROP CONSTRAINT tickets_joined, DROP CONSTRAINT tickets_merged,
  DROP COLUMN leads, DROP COLUMN main_id, DROP COLUMN lat, DROP COLUMN lon, DROP COLUMN alike, DROP COLUMN evidence;
DELETE FROM decisions WHERE reopened_at IS NOT NULL;
DROP INDEX decisions_standing;
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION decision_rules() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
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
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION decision_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
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
ALTER TABLE decisions DROP COLUMN crew, DROP COLUMN worked_on, DROP COLUMN reopened_at, DROP COLUMN unconfirmed_at;
CREATE UNIQUE INDEX decisions_standing ON decisions (ticket_id) WHERE withdrawn_at IS NULL;
