-- +goose Up

-- A ticket is one agency's case for a request. Of the cases of a request one holds it: those before, which passed it on, and
-- those that gave it back, name the one that has it since. All have one reference and one tracking link.
ALTER TABLE tickets
  ADD COLUMN passed_to bigint REFERENCES tickets,
  ADD COLUMN reference text NOT NULL DEFAULT '', -- the first number, by which the citizen knows it; '': the own one
  ADD COLUMN accept_by timestamptz,              -- until when the agency says whether it takes the case; null: it need not, or did
  ADD COLUMN bounces   int NOT NULL DEFAULT 0,   -- how often it came back
  DROP CONSTRAINT tickets_request_id_key,
  DROP CONSTRAINT tickets_track_token_key;
CREATE UNIQUE INDEX tickets_holder ON tickets (request_id) WHERE passed_to IS NULL;
CREATE UNIQUE INDEX tickets_track ON tickets (track_token) WHERE passed_to IS NULL;
CREATE INDEX tickets_request ON tickets (request_id);
CREATE INDEX tickets_passed_to ON tickets (passed_to) WHERE passed_to IS NOT NULL;

ALTER TABLE agencies ADD COLUMN accept_days int NOT NULL DEFAULT 1 CHECK (accept_days BETWEEN 1 AND 15); -- working days to take over what another sends

-- What goes from one agency to another (EGA-10.4), and what became of it.
CREATE TABLE transfers (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id   bigint NOT NULL REFERENCES agencies, -- that passes it on
  ticket_id   bigint NOT NULL REFERENCES tickets,
  to_agency   bigint NOT NULL REFERENCES agencies,
  to_ticket   bigint REFERENCES tickets, -- null: not made yet
  officer_id  bigint NOT NULL REFERENCES officers,
  reason      text NOT NULL,
  again       boolean NOT NULL DEFAULT false, -- that agency sent it back before, and a head sends it once more
  at          timestamptz NOT NULL,
  accepted_at timestamptz,
  accepted_by bigint REFERENCES officers,
  bounced_at  timestamptz,
  bounced_by  bigint REFERENCES officers, -- null: by itself, because nobody said anything in time
  bounced_why text NOT NULL DEFAULT '',
  back_at     timestamptz, -- the first case is open again
  CHECK (accepted_at IS NULL OR bounced_at IS NULL),
  CHECK ((accepted_at IS NULL) = (accepted_by IS NULL)),
  CHECK (bounced_at IS NULL OR to_ticket IS NOT NULL)
);
CREATE INDEX ON transfers (agency_id);
CREATE INDEX ON transfers (ticket_id);
CREATE INDEX ON transfers (to_agency);
CREATE UNIQUE INDEX ON transfers (to_ticket);
CREATE INDEX ON transfers (officer_id);
CREATE INDEX ON transfers (accepted_by);
CREATE INDEX ON transfers (bounced_by);
ALTER TABLE transfers ENABLE ROW LEVEL SECURITY;
ALTER TABLE transfers FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON transfers USING (in_scope(agency_id) OR in_scope(to_agency))
  WITH CHECK (own_ticket(agency_id, ticket_id) OR own_ticket(to_agency, to_ticket));

-- From where to where and why is not changed; what became of it is written once, by whom it was sent to.
-- +goose StatementBegin
CREATE FUNCTION transfer_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF (NEW.id, NEW.agency_id, NEW.ticket_id, NEW.to_agency, NEW.officer_id, NEW.again, NEW.at)
      IS DISTINCT FROM (OLD.id, OLD.agency_id, OLD.ticket_id, OLD.to_agency, OLD.officer_id, OLD.again, OLD.at)
    OR OLD.to_ticket IS NOT NULL AND NEW.to_ticket IS DISTINCT FROM OLD.to_ticket
    OR NEW.to_ticket IS DISTINCT FROM OLD.to_ticket AND NOT in_scope_all()
    OR NEW.reason NOT IN (OLD.reason, '')
    OR (NEW.accepted_at, NEW.accepted_by, NEW.bounced_at, NEW.bounced_by) IS DISTINCT FROM (OLD.accepted_at, OLD.accepted_by, OLD.bounced_at, OLD.bounced_by)
      AND (coalesce(OLD.accepted_at, OLD.bounced_at) IS NOT NULL OR NOT in_scope(OLD.to_agency))
    OR NEW.bounced_why NOT IN (OLD.bounced_why, '') AND OLD.bounced_at IS NOT NULL THEN
    RAISE EXCEPTION 'a transfer is not changed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER transfer_stays BEFORE UPDATE ON transfers FOR EACH ROW EXECUTE FUNCTION transfer_stays();

-- A notice goes along with its case, so that documents are asked for once whoever holds it (LFA-8.2): a copy names the first.
ALTER TABLE deficiency_notices ADD COLUMN origin bigint REFERENCES deficiency_notices;
ALTER TABLE wants ADD COLUMN origin bigint REFERENCES wants;
CREATE INDEX ON deficiency_notices (origin) WHERE origin IS NOT NULL;
CREATE INDEX ON wants (origin) WHERE origin IS NOT NULL;

-- Who is in charge of a case that belongs to nobody here: a body outside, how to reach it, and by which law (EGA-10.4).
CREATE TABLE referrals (
  ticket_id  bigint PRIMARY KEY REFERENCES tickets,
  agency_id  bigint NOT NULL REFERENCES agencies,
  officer_id bigint NOT NULL REFERENCES officers,
  body       text NOT NULL CHECK (btrim(body) <> ''),
  reach      text NOT NULL CHECK (btrim(reach) <> ''),
  law        text NOT NULL DEFAULT '',
  at         timestamptz NOT NULL
);
CREATE INDEX ON referrals (agency_id);
CREATE INDEX ON referrals (officer_id);
ALTER TABLE referrals ENABLE ROW LEVEL SECURITY;
ALTER TABLE referrals FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON referrals USING (in_scope(agency_id)) WITH CHECK (own_ticket(agency_id, ticket_id));

-- Bodies that an agency names again and again.
CREATE TABLE bodies (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id bigint NOT NULL REFERENCES agencies,
  name      text NOT NULL CHECK (btrim(name) <> ''),
  reach     text NOT NULL CHECK (btrim(reach) <> ''),
  law       text NOT NULL DEFAULT '',
  UNIQUE (agency_id, name)
);
ALTER TABLE bodies ENABLE ROW LEVEL SECURITY;
ALTER TABLE bodies FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON bodies USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id));

-- No case is closed as somebody else's without who that is.
-- +goose StatementBegin
CREATE FUNCTION referred_names_who() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.status = 'referred' AND NOT EXISTS (SELECT FROM referrals r WHERE r.ticket_id = NEW.id) THEN
    RAISE EXCEPTION 'a case is referred to nobody' USING ERRCODE = 'check_violation', CONSTRAINT = 'tickets_referred';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER referred_names_who BEFORE INSERT OR UPDATE OF status ON tickets FOR EACH ROW EXECUTE FUNCTION referred_names_who();

-- +goose Down
-- The release before knows one case for a request: it cannot come back once a case was passed on, and the constraint says so.
SELECT set_config('app.agency', 'all', true);
DROP TRIGGER referred_names_who ON tickets;
DROP TABLE bodies, referrals, transfers;
DROP FUNCTION transfer_stays, referred_names_who;
ALTER TABLE wants DROP COLUMN origin;
ALTER TABLE deficiency_notices DROP COLUMN origin;
ALTER TABLE agencies DROP COLUMN accept_days;
DROP INDEX tickets_holder, tickets_track, tickets_request, tickets_passed_to;
ALTER TABLE tickets
  DROP COLUMN passed_to, DROP COLUMN reference, DROP COLUMN accept_by, DROP COLUMN bounces,
  ADD CONSTRAINT tickets_request_id_key UNIQUE (request_id),
  ADD CONSTRAINT tickets_track_token_key UNIQUE (track_token);
