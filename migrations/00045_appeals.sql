-- +goose Up

-- Appeals are cases of their own (EGA-5.1): this says of which decided case, and whether it came in time (LFA-11.1).
CREATE TABLE appeals (
  ticket_id bigint PRIMARY KEY REFERENCES tickets,
  agency_id bigint NOT NULL REFERENCES agencies,
  against   bigint NOT NULL REFERENCES tickets, -- the case that was decided
  last_on   date,                               -- until when it was to come; null: the decision was not told yet
  late      boolean NOT NULL,
  at        timestamptz NOT NULL
);
CREATE INDEX ON appeals (agency_id);
CREATE INDEX ON appeals (against);
ALTER TABLE appeals ENABLE ROW LEVEL SECURITY;
ALTER TABLE appeals FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON appeals USING (in_scope(agency_id)) WITH CHECK (own_ticket(agency_id, ticket_id) AND own_ticket(agency_id, against));

-- Nobody decides on an appeal against what they decided themselves, whoever writes it.
-- +goose StatementBegin
CREATE FUNCTION appeal_rules() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM appeals a JOIN decisions d ON d.ticket_id = a.against WHERE a.ticket_id = NEW.ticket_id AND d.officer_id = NEW.officer_id) THEN
    RAISE EXCEPTION 'who decided does not decide on the appeal' USING ERRCODE = 'check_violation', CONSTRAINT = 'decisions_appeal';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER appeal_rules BEFORE INSERT ON decisions FOR EACH ROW EXECUTE FUNCTION appeal_rules();

-- An appeal stays what it is.
-- +goose StatementBegin
CREATE FUNCTION appeal_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'an appeal is not changed' USING ERRCODE = 'insufficient_privilege';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER appeal_stays BEFORE UPDATE ON appeals FOR EACH ROW EXECUTE FUNCTION appeal_stays();

-- +goose Down
DROP TRIGGER appeal_rules ON decisions;
DROP TABLE appeals;
DROP FUNCTION appeal_rules, appeal_stays;
