-- +goose Up

-- The register of breaches of personal data (PDP-6): one number of the agency and Buddhist year for each, without gaps. What
-- is known of a breach and what was done about it is its history; what stands here follows from that.
CREATE TABLE breaches (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id    bigint NOT NULL REFERENCES agencies,
  year_be      int NOT NULL,
  n            bigint NOT NULL CHECK (n > 0),
  state        text NOT NULL CHECK (state IN ('open', 'excused', 'reported', 'told', 'closed')),
  detected_at  timestamptz NOT NULL, -- when the agency came to know of it: 72 hours run from here
  next_duty_at timestamptz,          -- when the head is reminded next; null: no more
  UNIQUE (agency_id, year_be, n)
);
CREATE INDEX breaches_duties ON breaches (next_duty_at) WHERE next_duty_at IS NOT NULL;

-- Append-only, like the history of tickets (EGA-15.1). It holds the whole record: a correction is a line.
CREATE TABLE breach_events (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id bigint NOT NULL REFERENCES agencies,
  breach_id bigint NOT NULL REFERENCES breaches,
  seq       int NOT NULL,
  at        timestamptz NOT NULL,
  actor     text NOT NULL,
  kind      text NOT NULL,
  detail    json NOT NULL, -- no personal data; json, not jsonb: the hash covers these very bytes
  hash      bytea NOT NULL,
  UNIQUE (breach_id, seq)
);
CREATE INDEX ON breach_events (agency_id);
CREATE INDEX breach_events_at ON breach_events USING brin (at);

-- Whose data it concerns, each known by a case of the agency, which has the name: one that is erased there is gone here too.
CREATE TABLE breach_persons (
  breach_id  bigint NOT NULL REFERENCES breaches,
  citizen_id bigint NOT NULL REFERENCES citizens,
  agency_id  bigint NOT NULL REFERENCES agencies,
  ticket_id  bigint NOT NULL REFERENCES tickets,
  added_at   timestamptz NOT NULL,
  PRIMARY KEY (breach_id, citizen_id)
);
CREATE INDEX ON breach_persons (agency_id);
CREATE INDEX ON breach_persons (citizen_id);
CREATE INDEX ON breach_persons (ticket_id);

-- What is said to these people, signed by two officers.
CREATE TABLE breach_notices (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id    bigint NOT NULL REFERENCES agencies,
  breach_id    bigint NOT NULL REFERENCES breaches,
  words        jsonb NOT NULL,
  drafted_by   bigint NOT NULL REFERENCES officers,
  confirmed_by bigint NOT NULL REFERENCES officers,
  at           timestamptz NOT NULL,
  CONSTRAINT breach_notices_two CHECK (drafted_by <> confirmed_by)
);
CREATE INDEX ON breach_notices (agency_id);
CREATE INDEX breach_notices_breach ON breach_notices (breach_id, id);
CREATE INDEX ON breach_notices (drafted_by);
CREATE INDEX ON breach_notices (confirmed_by);

-- Who was told what, once each: by the chat or the pages that their request came by, or by none, and then in another way.
CREATE TABLE breach_tellings (
  notice_id  bigint NOT NULL REFERENCES breach_notices,
  citizen_id bigint NOT NULL REFERENCES citizens,
  agency_id  bigint NOT NULL REFERENCES agencies,
  breach_id  bigint NOT NULL REFERENCES breaches,
  way        text NOT NULL CHECK (way IN ('line', 'web', 'none')),
  at         timestamptz NOT NULL,
  PRIMARY KEY (notice_id, citizen_id)
);
CREATE INDEX ON breach_tellings (agency_id);
CREATE INDEX ON breach_tellings (breach_id);
CREATE INDEX ON breach_tellings (citizen_id);

-- In an agency's own name a row belongs to a breach of its own.
-- +goose StatementBegin
CREATE FUNCTION own_breach(agency bigint, breach bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN in_scope_all() OR (in_scope(agency) AND EXISTS (SELECT FROM breaches b WHERE b.id = breach AND b.agency_id = agency));
END
$$;
-- +goose StatementEnd
-- A person is on a list by a case of their own.
-- +goose StatementBegin
CREATE FUNCTION own_person(agency bigint, ticket bigint, citizen bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN in_scope(agency) AND EXISTS (SELECT FROM tickets t WHERE t.id = ticket AND t.agency_id = agency AND t.citizen_id = citizen);
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['breaches', 'breach_events', 'breach_persons', 'breach_notices', 'breach_tellings']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['breach_events', 'breach_notices', 'breach_tellings']
  LOOP
    EXECUTE format('CREATE POLICY scope ON %I USING (in_scope(agency_id)) WITH CHECK (own_breach(agency_id, breach_id))', t);
  END LOOP;
END
$$;
-- +goose StatementEnd
CREATE POLICY scope ON breaches USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id));
CREATE POLICY scope ON breach_persons USING (in_scope(agency_id)) WITH CHECK (own_breach(agency_id, breach_id) AND own_person(agency_id, ticket_id, citizen_id));

-- Who looks after the protection of personal data (PDPA s. 41).
ALTER TABLE officers DROP CONSTRAINT officers_role_check;
ALTER TABLE officers ADD CONSTRAINT officers_role_check CHECK (role IN ('officer', 'head', 'viewer', 'cashier', 'dpo'));

-- +goose Down
SELECT set_config('app.agency', 'all', true);
UPDATE officers SET role = 'viewer' WHERE role = 'dpo';
ALTER TABLE officers DROP CONSTRAINT officers_role_check;
ALTER TABLE officers ADD CONSTRAINT officers_role_check CHECK (role IN ('officer', 'head', 'viewer', 'cashier'));
DROP TABLE breach_tellings, breach_notices, breach_persons, breach_events, breaches;
DROP FUNCTION own_breach, own_person;
DELETE FROM number_series WHERE series = 'breach';
