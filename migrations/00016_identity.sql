-- +goose Up

-- What was proved about who a citizen is (MTH-2.5): by ThaID, by a code on their phone, or by an officer who
-- saw their card. A row is never changed, only ended, so that it can be told afterwards who vouched for whom.
CREATE TABLE verifications (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  citizen_id   bigint NOT NULL REFERENCES citizens,
  level        smallint NOT NULL CHECK (level IN (2, 3)),
  how          text NOT NULL CHECK (how IN ('thaid', 'phone', 'officer')),
  agency_id    bigint REFERENCES agencies,   -- whose officer; nobody's for the other two
  attributes   bytea NOT NULL,               -- what was proved, sealed with SECRET_KEY
  pid_hash     bytea,                        -- keyed hash of the national ID, to find the same person again
  checked_by   text NOT NULL,                -- 'thaid', 'phone' or 'officer 7'
  at           timestamptz NOT NULL,
  until        timestamptz NOT NULL,
  ended_at     timestamptz,                  -- before its time
  ended_by     text,
  ended_why    text,
  CHECK ((how = 'officer') = (agency_id IS NOT NULL)),
  CHECK ((ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (ended_why IS NULL))
);
CREATE INDEX verifications_citizen ON verifications (citizen_id);
CREATE INDEX verifications_pid ON verifications (pid_hash) WHERE pid_hash IS NOT NULL AND ended_at IS NULL;
-- An agency sees how well the person behind a ticket of its own is known, and vouches for them in its own name.
ALTER TABLE verifications ENABLE ROW LEVEL SECURITY;
ALTER TABLE verifications FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON verifications
  USING (in_scope_all() OR EXISTS (SELECT FROM tickets WHERE tickets.citizen_id = verifications.citizen_id))
  WITH CHECK (in_scope_all() OR (in_scope(agency_id) AND EXISTS (SELECT FROM tickets WHERE tickets.citizen_id = verifications.citizen_id)));

-- It takes none away, though: that is for the citizen to ask and for everybody's rules to do.
-- +goose StatementBegin
CREATE FUNCTION verifications_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT in_scope_all() THEN
    RAISE insufficient_privilege USING MESSAGE = 'an agency does not remove verifications';
  END IF;
  RETURN OLD;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER stay BEFORE DELETE ON verifications FOR EACH ROW EXECUTE FUNCTION verifications_stay();

-- Browsers in which a citizen is signed in.
CREATE TABLE citizen_sessions (
  token_hash bytea PRIMARY KEY, -- SHA-256 of the cookie
  citizen_id bigint NOT NULL REFERENCES citizens ON DELETE CASCADE,
  level      smallint NOT NULL CHECK (level BETWEEN 1 AND 3), -- what was proved in this very session
  way        text NOT NULL CHECK (way IN ('chat', 'line', 'thaid', 'phone')),
  created_at timestamptz NOT NULL,
  seen_at    timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX citizen_sessions_citizen ON citizen_sessions (citizen_id);
CREATE INDEX citizen_sessions_expiry ON citizen_sessions (expires_at);

-- One-time links from the chat into the citizen's own pages.
CREATE TABLE entries (
  token_hash bytea PRIMARY KEY,
  citizen_id bigint NOT NULL REFERENCES citizens ON DELETE CASCADE,
  purpose    text NOT NULL,   -- the page it leads to
  expires_at timestamptz NOT NULL,
  used_at    timestamptz
);
CREATE INDEX entries_citizen ON entries (citizen_id);
CREATE INDEX entries_expiry ON entries (expires_at);

-- Sign-ins that were begun with another party and wait for the browser to come back.
CREATE TABLE departures (
  state_hash   bytea PRIMARY KEY,
  way          text NOT NULL CHECK (way IN ('line', 'thaid')),
  browser_hash bytea NOT NULL,  -- of the cookie of the browser that left
  sealed       bytea NOT NULL,  -- nonce and PKCE verifier
  citizen_id   bigint REFERENCES citizens ON DELETE CASCADE, -- who was signed in already
  next         text NOT NULL,   -- the page to come back to
  expires_at   timestamptz NOT NULL
);
CREATE INDEX departures_citizen ON departures (citizen_id) WHERE citizen_id IS NOT NULL;
CREATE INDEX departures_expiry ON departures (expires_at);

-- Codes sent to telephones. Kept for a day, to count them.
CREATE TABLE phone_codes (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  citizen_id   bigint NOT NULL REFERENCES citizens ON DELETE CASCADE,
  phone_hash   bytea NOT NULL,            -- keyed
  code_hash    bytea NOT NULL,            -- keyed
  phone_sealed bytea NOT NULL,            -- the number, for when it is proved
  text_sealed  bytea,                     -- what is to be sent; gone once it was
  tries        smallint NOT NULL DEFAULT 0,
  asked_at     timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,
  sent_at      timestamptz,
  ended_at     timestamptz                -- used, tried too often, or followed by another
);
CREATE INDEX phone_codes_citizen ON phone_codes (citizen_id, asked_at);
CREATE INDEX phone_codes_phone ON phone_codes (phone_hash, asked_at);
CREATE INDEX phone_codes_asked ON phone_codes (asked_at);

-- All of these are the citizen's, and no agency's.
-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['citizen_sessions', 'entries', 'departures', 'phone_codes']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY scope ON %I USING (in_scope_all()) WITH CHECK (in_scope_all())', t);
  END LOOP;
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE phone_codes, departures, entries, citizen_sessions, verifications;
DROP FUNCTION verifications_stay;
