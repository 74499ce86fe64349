-- +goose Up

-- A decision that its citizen was told of is changed by another one that names it: an obvious mistake is corrected, or what
-- was granted is revoked, wholly or in part. When it was not right, by an appeal or because the agency says so itself, the
-- case goes on and waits for a new one. All stay; which one stands follows from the rows.
ALTER TABLE decisions
  ADD COLUMN change         text NOT NULL DEFAULT '' CHECK (change IN ('', 'correct', 'revoke')), -- '': it changes none
  ADD COLUMN changes        int,                       -- the decision of the case in whose place it stands
  ADD COLUMN mistake        text NOT NULL DEFAULT '',  -- of a correction: what was wrong
  ADD COLUMN since          text NOT NULL DEFAULT '' CHECK (since IN ('', 'now', 'beginning')), -- of a revocation: from when it counts
  ADD COLUMN changed_at     timestamptz,               -- another one stands in its place
  ADD COLUMN overturned_at  timestamptz,               -- it was not right: the case waits for a new one
  ADD COLUMN overturned_by  bigint REFERENCES officers, -- who said so; null: an appeal did
  ADD COLUMN overturned_why text NOT NULL DEFAULT '',
  ADD FOREIGN KEY (ticket_id, changes) REFERENCES decisions (ticket_id, n),
  DROP CONSTRAINT decisions_outcome_check,
  ADD CONSTRAINT decisions_outcome_check CHECK (outcome IN ('approve', 'approve_with_conditions', 'refuse', 'deemed', 'revoke')),
  ADD CONSTRAINT decisions_changes_check CHECK ((change = '') = (changes IS NULL) AND changes < n AND (outcome <> 'revoke' OR change <> '')),
  ADD CONSTRAINT decisions_revocation_check CHECK ((since <> '') = (change = 'revoke')),
  ADD CONSTRAINT decisions_overturned_check CHECK (overturned_at IS NOT NULL OR overturned_by IS NULL AND overturned_why = '');
CREATE INDEX ON decisions (overturned_by) WHERE overturned_by IS NOT NULL;
DROP INDEX decisions_standing;
CREATE UNIQUE INDEX decisions_standing ON decisions (ticket_id)
  WHERE withdrawn_at IS NULL AND reopened_at IS NULL AND changed_at IS NULL AND overturned_at IS NULL;

-- A case may have several permits, one after the other: each is of one of its decisions.
SELECT set_config('app.agency', 'all', true);
ALTER TABLE permits ADD COLUMN decision int NOT NULL DEFAULT 1;
UPDATE permits p SET decision = r.n FROM (SELECT id, row_number() OVER (PARTITION BY ticket_id ORDER BY id) AS n FROM permits) r WHERE r.id = p.id AND r.n > 1;
UPDATE permits p SET decision = d.n FROM decisions d
  WHERE d.ticket_id = p.ticket_id AND d.withdrawn_at IS NULL AND d.reopened_at IS NULL AND d.n > p.decision
    AND NOT EXISTS (SELECT FROM permits later WHERE later.ticket_id = p.ticket_id AND later.id > p.id);
ALTER TABLE permits
  DROP CONSTRAINT IF EXISTS permits_ticket_id_key,
  ADD CONSTRAINT permits_decision_key UNIQUE (ticket_id, decision);

-- What a decision must be to be written at all, whoever writes it.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION decision_rules() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  wanted text[];
  former decisions;
BEGIN
  IF (NEW.outcome IN ('refuse', 'revoke') OR NEW.change = 'revoke')
    AND (btrim(NEW.facts) = '' OR btrim(NEW.reason) = '' OR btrim(NEW.legal_basis) = '' OR btrim(NEW.appeal_body) = '' OR NEW.appeal_days < 1) THEN
    RAISE EXCEPTION 'a refusal or revocation lacks facts, reasons, law, or where and until when to appeal' USING ERRCODE = 'check_violation', CONSTRAINT = 'decisions_refusal';
  END IF;
  IF NEW.outcome = 'approve_with_conditions' AND btrim(NEW.conditions) = '' THEN
    RAISE EXCEPTION 'an approval with conditions has none' USING ERRCODE = 'check_violation', CONSTRAINT = 'decisions_conditions';
  END IF;
  IF NEW.change <> '' THEN
    SELECT * INTO former FROM decisions d WHERE d.ticket_id = NEW.ticket_id AND d.n = NEW.changes;
    IF former.changed_at IS NULL OR former.withdrawn_at IS NOT NULL OR former.reopened_at IS NOT NULL OR former.overturned_at IS NOT NULL
      OR NEW.change = 'correct' AND (btrim(NEW.mistake) = '' OR (NEW.outcome IN ('refuse', 'revoke')) <> (former.outcome IN ('refuse', 'revoke')))
      OR NEW.change = 'revoke' AND (former.outcome IN ('refuse', 'revoke') OR NEW.outcome NOT IN ('revoke', 'approve_with_conditions')) THEN
      RAISE EXCEPTION 'a decision is not changed in this way' USING ERRCODE = 'check_violation', CONSTRAINT = 'decisions_change';
    END IF;
  END IF;
  -- Of a case that cannot be seen it is not known; there the policy lets nothing be written. A change takes an opinion on the change.
  IF NEW.outcome <> 'deemed' AND EXISTS (SELECT FROM tickets t WHERE t.id = NEW.ticket_id AND t.two_person)
    AND NOT EXISTS (SELECT FROM opinions o WHERE o.ticket_id = NEW.ticket_id AND o.officer_id <> NEW.officer_id AND o.back_to = '' AND o.superseded_at IS NULL
      AND (NEW.change = '' OR o.at > former.at)) THEN
    RAISE EXCEPTION 'a case of which two people decide has no opinion of another person' USING ERRCODE = 'check_violation', CONSTRAINT = 'decisions_two_person';
  END IF;
  SELECT t.evidence INTO wanted FROM tickets t WHERE t.id = NEW.ticket_id;
  IF NEW.outcome IN ('approve', 'approve_with_conditions') AND (
      'crew' = ANY(wanted) AND btrim(NEW.crew) = ''
      OR 'worked_on' = ANY(wanted) AND NEW.worked_on IS NULL
      -- What changes an approval shows the same work.
      OR 'photo' = ANY(wanted) AND NOT EXISTS (SELECT FROM work_photos p WHERE p.ticket_id = NEW.ticket_id AND p.n IS NOT DISTINCT FROM NEW.changes)) THEN
    RAISE EXCEPTION 'an approval lacks the evidence of its work' USING ERRCODE = 'check_violation', CONSTRAINT = 'decisions_evidence';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd

-- What was decided is not changed: each is taken back, opened again, overturned or followed by another one once, and its words
-- go when its record is disposed of. It stands again when the one in its place was taken back.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION decision_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF (NEW.ticket_id, NEW.n, NEW.officer_id, NEW.outcome, NEW.legal_basis, NEW.appeal, NEW.appeal_body, NEW.appeal_days, NEW.post, NEW.acting_for, NEW.order_no, NEW.at, NEW.replaces, NEW.replaces_until, NEW.crew, NEW.worked_on, NEW.change, NEW.changes, NEW.since)
      IS DISTINCT FROM
     (OLD.ticket_id, OLD.n, OLD.officer_id, OLD.outcome, OLD.legal_basis, OLD.appeal, OLD.appeal_body, OLD.appeal_days, OLD.post, OLD.acting_for, OLD.order_no, OLD.at, OLD.replaces, OLD.replaces_until, OLD.crew, OLD.worked_on, OLD.change, OLD.changes, OLD.since)
    OR NEW.facts NOT IN (OLD.facts, '') OR NEW.reason NOT IN (OLD.reason, '') OR NEW.conditions NOT IN (OLD.conditions, '') OR NEW.mistake NOT IN (OLD.mistake, '')
    OR OLD.reopened_at IS NOT NULL AND NEW.reopened_at IS DISTINCT FROM OLD.reopened_at
    OR OLD.unconfirmed_at IS NOT NULL AND NEW.unconfirmed_at IS DISTINCT FROM OLD.unconfirmed_at
    OR OLD.withdrawn_at IS NOT NULL AND (NEW.withdrawn_at, NEW.withdrawn_by, NEW.withdrawn_why) IS DISTINCT FROM (OLD.withdrawn_at, OLD.withdrawn_by, OLD.withdrawn_why)
    OR OLD.overturned_at IS NOT NULL AND ((NEW.overturned_at, NEW.overturned_by) IS DISTINCT FROM (OLD.overturned_at, OLD.overturned_by) OR NEW.overturned_why NOT IN (OLD.overturned_why, ''))
    OR OLD.changed_at IS NOT NULL AND NEW.changed_at IS DISTINCT FROM OLD.changed_at AND (NEW.changed_at IS NOT NULL
      OR EXISTS (SELECT FROM decisions d WHERE d.ticket_id = OLD.ticket_id AND d.changes = OLD.n AND d.withdrawn_at IS NULL)) THEN
    RAISE EXCEPTION 'a decision is not changed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd

-- Nobody decides on an appeal against what they decided themselves, nor anew on a case in which they were found to be wrong.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION appeal_rules() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM appeals a JOIN decisions d ON d.ticket_id = a.against WHERE a.ticket_id = NEW.ticket_id AND d.officer_id = NEW.officer_id)
    OR NEW.change = '' AND EXISTS (SELECT FROM decisions d WHERE d.ticket_id = NEW.ticket_id AND d.officer_id = NEW.officer_id
      AND d.overturned_at IS NOT NULL AND d.overturned_by IS NULL) THEN
    RAISE EXCEPTION 'who decided does not decide on the appeal' USING ERRCODE = 'check_violation', CONSTRAINT = 'decisions_appeal';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd

-- +goose Down
-- Of several decisions that were told, the last is the one. Permits stay: where a case has several, each is still its own.
SELECT set_config('app.agency', 'all', true);
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION appeal_rules() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM appeals a JOIN decisions d ON d.ticket_id = a.against WHERE a.ticket_id = NEW.ticket_id AND d.officer_id = NEW.officer_id) THEN
    RAISE EXCEPTION 'who decided does not decide on the appeal' USING ERRCODE = 'check_violation', CONSTRAINT = 'decisions_appeal';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
DROP TRIGGER decision_stays ON decisions;
ALTER TABLE permits DROP CONSTRAINT permits_decision_key, DROP COLUMN decision;
-- +goose StatementBegin
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM permits GROUP BY ticket_id HAVING count(*) > 1) THEN
    ALTER TABLE permits ADD CONSTRAINT permits_ticket_id_key UNIQUE (ticket_id);
  END IF;
END
$$;
-- +goose StatementEnd
ALTER TABLE decisions DROP CONSTRAINT decisions_changes_check, DROP CONSTRAINT decisions_revocation_check, DROP CONSTRAINT decisions_ticket_id_changes_fkey;
DELETE FROM confirmations c USING decisions d WHERE d.ticket_id = c.ticket_id AND d.n = c.n AND (d.changed_at IS NOT NULL OR d.overturned_at IS NOT NULL);
DELETE FROM decisions WHERE changed_at IS NOT NULL OR overturned_at IS NOT NULL;
UPDATE decisions SET outcome = 'refuse' WHERE outcome = 'revoke';
UPDATE tickets SET status = 'refused' WHERE status = 'revoked';
DROP INDEX decisions_standing;
ALTER TABLE decisions
  DROP CONSTRAINT decisions_overturned_check,
  DROP CONSTRAINT decisions_outcome_check,
  ADD CONSTRAINT decisions_outcome_check CHECK (outcome IN ('approve', 'approve_with_conditions', 'refuse', 'deemed')),
  DROP COLUMN change, DROP COLUMN changes, DROP COLUMN mistake, DROP COLUMN since, DROP COLUMN changed_at,
  DROP COLUMN overturned_at, DROP COLUMN overturned_by, DROP COLUMN overturned_why;
CREATE UNIQUE INDEX decisions_standing ON decisions (ticket_id) WHERE withdrawn_at IS NULL AND reopened_at IS NULL;
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
CREATE TRIGGER decision_stays BEFORE UPDATE ON decisions FOR EACH ROW EXECUTE FUNCTION decision_stays();
