-- +goose Up

-- Powers of attorney (PDP-10): that somebody may file with an agency for somebody else, shown and checked once. What was
-- shown is not changed; it is accepted or refused once, and ended once. That its last day is over needs no row.
CREATE TABLE mandates (
  id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id        bigint NOT NULL REFERENCES agencies,
  citizen_id       bigint NOT NULL REFERENCES citizens, -- who files: the attorney
  kind             text NOT NULL CHECK (kind IN ('volunteer', 'family', 'other')),
  attorney_name    text NOT NULL,  -- '': erased, like the rest of what names somebody
  attorney_sealed  bytea NOT NULL, -- national ID, sealed with SECRET_KEY
  principal_title  text NOT NULL,
  principal_name   text NOT NULL,
  principal_sealed bytea NOT NULL,
  principal_hash   bytea NOT NULL, -- keyed, as verifications.pid_hash
  services         text[] NOT NULL DEFAULT '{}', -- empty: every service of the agency
  from_on          date NOT NULL,
  until_on         date NOT NULL,  -- the last day
  attachment_id    bigint REFERENCES attachments, -- the signed paper; null: erased
  asked_at         timestamptz NOT NULL,
  accepted         boolean NOT NULL DEFAULT false,
  decided_at       timestamptz,
  decided_by       bigint REFERENCES officers,
  refused_why      text NOT NULL DEFAULT '',
  ended_at         timestamptz,
  ended_by         text NOT NULL DEFAULT '' CHECK (ended_by IN ('', 'principal', 'attorney', 'officer')),
  ended_why        text NOT NULL DEFAULT '',
  CHECK (until_on >= from_on AND until_on <= from_on + interval '1 year'),
  CHECK ((decided_at IS NULL) = (decided_by IS NULL)),
  CHECK (NOT accepted OR decided_at IS NOT NULL),
  CHECK ((ended_at IS NULL) = (ended_by = ''))
);
CREATE INDEX mandates_agency ON mandates (agency_id, id);
CREATE INDEX mandates_citizen ON mandates (citizen_id);
CREATE INDEX mandates_principal ON mandates (principal_hash);
CREATE INDEX mandates_attachment ON mandates (attachment_id);
CREATE INDEX ON mandates (decided_by);
ALTER TABLE mandates ENABLE ROW LEVEL SECURITY;
ALTER TABLE mandates FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON mandates USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id));

-- An agency decides about what it was shown; whom and what it is about is the citizens' to say, through the program.
-- +goose StatementBegin
CREATE FUNCTION mandate_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NOT in_scope_all() OR NEW.decided_at IS NOT NULL OR NEW.ended_at IS NOT NULL THEN
      RAISE EXCEPTION 'a mandate is shown by who holds it' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.id, NEW.agency_id, NEW.citizen_id, NEW.kind, NEW.services, NEW.from_on, NEW.until_on, NEW.asked_at)
      IS DISTINCT FROM (OLD.id, OLD.agency_id, OLD.citizen_id, OLD.kind, OLD.services, OLD.from_on, OLD.until_on, OLD.asked_at)
    OR NEW.attorney_name NOT IN (OLD.attorney_name, '') OR NEW.principal_title NOT IN (OLD.principal_title, '') OR NEW.principal_name NOT IN (OLD.principal_name, '')
    OR NEW.attorney_sealed NOT IN (OLD.attorney_sealed, '') OR NEW.principal_sealed NOT IN (OLD.principal_sealed, '') OR NEW.principal_hash NOT IN (OLD.principal_hash, '')
    OR NEW.attachment_id IS DISTINCT FROM OLD.attachment_id AND NEW.attachment_id IS NOT NULL
    OR OLD.decided_at IS NOT NULL AND (NEW.accepted, NEW.decided_at, NEW.decided_by) IS DISTINCT FROM (OLD.accepted, OLD.decided_at, OLD.decided_by)
    OR OLD.decided_at IS NOT NULL AND NEW.refused_why NOT IN (OLD.refused_why, '')
    OR OLD.ended_at IS NOT NULL AND ((NEW.ended_at, NEW.ended_by) IS DISTINCT FROM (OLD.ended_at, OLD.ended_by) OR NEW.ended_why NOT IN (OLD.ended_why, '')) THEN
    RAISE EXCEPTION 'a mandate is decided once, ended once, and otherwise stays' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER mandate_stays BEFORE INSERT OR UPDATE ON mandates FOR EACH ROW EXECUTE FUNCTION mandate_stays();

-- Under which mandate a form is being filled in.
CREATE TABLE mandate_drafts (
  draft      text PRIMARY KEY,
  mandate_id bigint NOT NULL REFERENCES mandates,
  at         timestamptz NOT NULL
);
CREATE INDEX ON mandate_drafts (mandate_id);
ALTER TABLE mandate_drafts ENABLE ROW LEVEL SECURITY;
ALTER TABLE mandate_drafts FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON mandate_drafts USING (in_scope_all()) WITH CHECK (in_scope_all());

-- A request that was filed for somebody else keeps by which mandate, and by whom.
ALTER TABLE requests ADD COLUMN mandate_id bigint REFERENCES mandates;
ALTER TABLE requests ADD COLUMN attorney_name text NOT NULL DEFAULT '';
CREATE INDEX requests_mandate ON requests (mandate_id) WHERE mandate_id IS NOT NULL;

-- Nobody files by a mandate that does not hold, for its service, on its day.
-- +goose StatementBegin
CREATE FUNCTION request_has_mandate() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW.mandate_id IS DISTINCT FROM OLD.mandate_id THEN
      RAISE EXCEPTION 'by which mandate a request was filed is not changed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF NOT EXISTS (SELECT FROM mandates m WHERE m.id = NEW.mandate_id AND m.citizen_id = NEW.citizen_id AND m.agency_id = NEW.agency_id
      AND m.accepted AND m.ended_at IS NULL AND (m.services = '{}' OR NEW.form_key = ANY (m.services))
      AND (NEW.entered_at AT TIME ZONE 'Asia/Bangkok')::date BETWEEN m.from_on AND m.until_on) THEN
    RAISE EXCEPTION 'the mandate does not cover this request' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER request_has_mandate BEFORE INSERT ON requests FOR EACH ROW WHEN (NEW.mandate_id IS NOT NULL) EXECUTE FUNCTION request_has_mandate();
CREATE TRIGGER request_keeps_mandate BEFORE UPDATE OF mandate_id ON requests FOR EACH ROW EXECUTE FUNCTION request_has_mandate();

-- The signed paper is seen by the agency that it was shown to.
ALTER POLICY scope ON attachments USING (in_scope_all() OR EXISTS (SELECT FROM ticket_files WHERE ticket_files.attachment_id = attachments.id)
  OR EXISTS (SELECT FROM enquiry_files f JOIN enquiries e ON e.id = f.enquiry_id
    WHERE f.attachment_id = attachments.id AND e.answered_at IS NULL AND e.ended_at IS NULL)
  OR EXISTS (SELECT FROM mandates WHERE mandates.attachment_id = attachments.id));

-- +goose Down
ALTER POLICY scope ON attachments USING (in_scope_all() OR EXISTS (SELECT FROM ticket_files WHERE ticket_files.attachment_id = attachments.id)
  OR EXISTS (SELECT FROM enquiry_files f JOIN enquiries e ON e.id = f.enquiry_id
    WHERE f.attachment_id = attachments.id AND e.answered_at IS NULL AND e.ended_at IS NULL));
DROP TRIGGER request_keeps_mandate ON requests;
DROP TRIGGER request_has_mandate ON requests;
DROP INDEX requests_mandate;
ALTER TABLE requests DROP COLUMN attorney_name, DROP COLUMN mandate_id;
DROP TABLE mandate_drafts, mandates;
DROP FUNCTION mandate_stays, request_has_mandate;
