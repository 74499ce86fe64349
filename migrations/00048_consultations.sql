-- +goose Up

-- What an agency asks another about a case that it goes on holding (peers.md row 62), and what it was answered.
CREATE TABLE consultations (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id   bigint NOT NULL REFERENCES agencies, -- that asks
  ticket_id   bigint NOT NULL REFERENCES tickets,
  to_agency   bigint NOT NULL REFERENCES agencies,
  officer_id  bigint NOT NULL REFERENCES officers,
  question    text NOT NULL,
  files       bigint[] NOT NULL DEFAULT '{}', -- of the case, which that agency may read while it is asked
  named       boolean NOT NULL DEFAULT false, -- it is told whose case it is
  due_on      date NOT NULL,                  -- the last day, on which that agency works
  due_at      timestamptz NOT NULL,           -- when that day's work ends there
  at          timestamptz NOT NULL,
  told        int NOT NULL DEFAULT 0,         -- so many lines of the other agency's history stand in that of the case
  answer      text NOT NULL DEFAULT '' CHECK (answer IN ('', 'agree', 'agree_with_conditions', 'object', 'no_opinion', 'not_ours')),
  text        text NOT NULL DEFAULT '',
  body        text NOT NULL DEFAULT '',       -- who should be asked instead (EGA-10.4)
  answered_by bigint REFERENCES officers,
  post        text NOT NULL DEFAULT '',
  acting_for  text NOT NULL DEFAULT '',
  order_no    text NOT NULL DEFAULT '',
  answered_at timestamptz,
  ended_at    timestamptz,
  ended_by    bigint REFERENCES officers,     -- null: the case ended
  ended_why   text NOT NULL DEFAULT '',
  CHECK ((answered_at IS NULL) = (answer = '') AND (answered_at IS NULL) = (answered_by IS NULL))
);
CREATE INDEX ON consultations (agency_id);
CREATE INDEX ON consultations (ticket_id);
CREATE INDEX ON consultations (to_agency);
CREATE INDEX ON consultations (officer_id);
CREATE INDEX ON consultations (answered_by);
CREATE INDEX ON consultations (ended_by);
CREATE UNIQUE INDEX consultations_open ON consultations (ticket_id, to_agency) WHERE answered_at IS NULL AND ended_at IS NULL;
ALTER TABLE consultations ENABLE ROW LEVEL SECURITY;
ALTER TABLE consultations FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON consultations USING (in_scope(agency_id)) WITH CHECK (own_ticket(agency_id, ticket_id));

-- The same as it is at the agency that is asked: made by the program, which sees both, with as much of the case as was allowed.
CREATE TABLE enquiries (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id       bigint NOT NULL REFERENCES agencies, -- that is asked
  consultation_id bigint NOT NULL UNIQUE REFERENCES consultations,
  from_agency     bigint NOT NULL REFERENCES agencies,
  asked_by        bigint NOT NULL REFERENCES officers,
  number          text NOT NULL UNIQUE,
  about           text NOT NULL,            -- the number of the case there
  title           text NOT NULL,            -- the service
  subject         text NOT NULL,            -- the matter; '': it is confidential, or erased
  citizen_name    text NOT NULL DEFAULT '', -- '': not needed
  question        text NOT NULL,
  due_on          date NOT NULL,
  due_at          timestamptz NOT NULL,
  at              timestamptz NOT NULL,
  officer_id      bigint REFERENCES officers, -- who has taken it
  answer          text NOT NULL DEFAULT '' CHECK (answer IN ('', 'agree', 'agree_with_conditions', 'object', 'no_opinion', 'not_ours')),
  text            text NOT NULL DEFAULT '',
  body            text NOT NULL DEFAULT '',
  answered_by     bigint REFERENCES officers,
  post            text NOT NULL DEFAULT '',
  acting_for      text NOT NULL DEFAULT '',
  order_no        text NOT NULL DEFAULT '',
  answered_at     timestamptz,
  ended_at        timestamptz, -- it is needed no longer
  ended_why       text NOT NULL DEFAULT '',
  CHECK ((answered_at IS NULL) = (answer = '') AND (answered_at IS NULL) = (answered_by IS NULL))
);
CREATE INDEX ON enquiries (from_agency);
CREATE INDEX ON enquiries (asked_by);
CREATE INDEX ON enquiries (officer_id);
CREATE INDEX ON enquiries (answered_by);
CREATE INDEX enquiries_open ON enquiries (agency_id, due_at) WHERE answered_at IS NULL AND ended_at IS NULL;
CREATE INDEX enquiries_over ON enquiries (agency_id, id) WHERE answered_at IS NOT NULL OR ended_at IS NOT NULL;
ALTER TABLE enquiries ENABLE ROW LEVEL SECURITY;
ALTER TABLE enquiries FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON enquiries USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id));

-- Files of the case that the agency which is asked may read. What leaves the case leaves here.
CREATE TABLE enquiry_files (
  enquiry_id    bigint NOT NULL REFERENCES enquiries,
  agency_id     bigint NOT NULL REFERENCES agencies, -- that is asked
  ticket_id     bigint NOT NULL,
  attachment_id bigint NOT NULL,
  label         text NOT NULL,
  PRIMARY KEY (enquiry_id, attachment_id),
  FOREIGN KEY (ticket_id, attachment_id) REFERENCES ticket_files ON DELETE CASCADE
);
CREATE INDEX ON enquiry_files (agency_id);
CREATE INDEX ON enquiry_files (attachment_id);
CREATE INDEX ON enquiry_files (ticket_id, attachment_id);
ALTER TABLE enquiry_files ENABLE ROW LEVEL SECURITY;
ALTER TABLE enquiry_files FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON enquiry_files USING (in_scope(agency_id)) WITH CHECK (in_scope_all());

-- A file is seen through a case of one's own, or while one is asked about it.
ALTER POLICY scope ON attachments USING (in_scope_all() OR EXISTS (SELECT FROM ticket_files WHERE ticket_files.attachment_id = attachments.id)
  OR EXISTS (SELECT FROM enquiry_files f JOIN enquiries e ON e.id = f.enquiry_id
    WHERE f.attachment_id = attachments.id AND e.answered_at IS NULL AND e.ended_at IS NULL));

-- What happened at the agency that is asked. Append-only, like the history of tickets (EGA-15.1).
CREATE TABLE enquiry_events (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id  bigint NOT NULL REFERENCES agencies,
  enquiry_id bigint NOT NULL REFERENCES enquiries,
  seq        int NOT NULL,
  at         timestamptz NOT NULL,
  actor      text NOT NULL,
  kind       text NOT NULL,
  detail     json NOT NULL, -- no personal data; json, not jsonb: the hash covers these very bytes
  hash       bytea NOT NULL,
  UNIQUE (enquiry_id, seq)
);
CREATE INDEX ON enquiry_events (agency_id);
CREATE INDEX enquiry_events_at ON enquiry_events USING brin (at);
-- +goose StatementBegin
CREATE FUNCTION own_enquiry(agency bigint, enquiry bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN in_scope_all() OR (in_scope(agency) AND EXISTS (SELECT FROM enquiries e WHERE e.id = enquiry AND e.agency_id = agency));
END
$$;
-- +goose StatementEnd
ALTER TABLE enquiry_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE enquiry_events FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON enquiry_events USING (in_scope(agency_id)) WITH CHECK (own_enquiry(agency_id, enquiry_id));

-- What was asked is not changed. What was answered is carried over once, by the program; the words go with the record.
-- +goose StatementBegin
CREATE FUNCTION consultation_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF (NEW.id, NEW.agency_id, NEW.ticket_id, NEW.to_agency, NEW.officer_id, NEW.files, NEW.named, NEW.due_on, NEW.due_at, NEW.at)
      IS DISTINCT FROM (OLD.id, OLD.agency_id, OLD.ticket_id, OLD.to_agency, OLD.officer_id, OLD.files, OLD.named, OLD.due_on, OLD.due_at, OLD.at)
    OR NEW.question NOT IN (OLD.question, '')
    OR (NEW.answer, NEW.answered_by, NEW.post, NEW.acting_for, NEW.order_no, NEW.answered_at)
        IS DISTINCT FROM (OLD.answer, OLD.answered_by, OLD.post, OLD.acting_for, OLD.order_no, OLD.answered_at)
      AND (OLD.answered_at IS NOT NULL OR NOT in_scope_all())
    OR (NEW.text NOT IN (OLD.text, '') OR NEW.body NOT IN (OLD.body, '')) AND (OLD.answered_at IS NOT NULL OR NOT in_scope_all())
    OR NEW.told < OLD.told OR NEW.told <> OLD.told AND NOT in_scope_all()
    OR OLD.ended_at IS NOT NULL AND (NEW.ended_at, NEW.ended_by) IS DISTINCT FROM (OLD.ended_at, OLD.ended_by)
    OR OLD.ended_at IS NOT NULL AND NEW.ended_why NOT IN (OLD.ended_why, '') THEN
    RAISE EXCEPTION 'a consultation is not changed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER consultation_stays BEFORE UPDATE ON consultations FOR EACH ROW EXECUTE FUNCTION consultation_stays();

-- At the agency that is asked nobody makes an enquiry or ends one; it is answered once, while it stands.
-- +goose StatementBegin
CREATE FUNCTION enquiry_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NOT in_scope_all() THEN
      RAISE EXCEPTION 'an enquiry is made of a consultation' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.id, NEW.agency_id, NEW.consultation_id, NEW.from_agency, NEW.asked_by, NEW.number, NEW.about, NEW.title, NEW.due_on, NEW.due_at, NEW.at)
      IS DISTINCT FROM (OLD.id, OLD.agency_id, OLD.consultation_id, OLD.from_agency, OLD.asked_by, OLD.number, OLD.about, OLD.title, OLD.due_on, OLD.due_at, OLD.at)
    OR NEW.subject NOT IN (OLD.subject, '') OR NEW.citizen_name NOT IN (OLD.citizen_name, '') OR NEW.question NOT IN (OLD.question, '')
    OR (NEW.answer, NEW.answered_by, NEW.post, NEW.acting_for, NEW.order_no, NEW.answered_at)
        IS DISTINCT FROM (OLD.answer, OLD.answered_by, OLD.post, OLD.acting_for, OLD.order_no, OLD.answered_at)
      AND (OLD.answered_at IS NOT NULL OR OLD.ended_at IS NOT NULL)
    OR (NEW.text NOT IN (OLD.text, '') OR NEW.body NOT IN (OLD.body, '')) AND (OLD.answered_at IS NOT NULL OR OLD.ended_at IS NOT NULL)
    OR (NEW.ended_at, NEW.ended_why) IS DISTINCT FROM (OLD.ended_at, OLD.ended_why) AND NOT in_scope_all()
    OR OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at THEN
    RAISE EXCEPTION 'an enquiry is not changed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER enquiry_stays BEFORE INSERT OR UPDATE ON enquiries FOR EACH ROW EXECUTE FUNCTION enquiry_stays();

-- +goose Down
ALTER POLICY scope ON attachments USING (in_scope_all() OR EXISTS (SELECT FROM ticket_files WHERE ticket_files.attachment_id = attachments.id));
DROP TABLE enquiry_events, enquiry_files, enquiries, consultations;
DROP FUNCTION own_enquiry, consultation_stays, enquiry_stays;
