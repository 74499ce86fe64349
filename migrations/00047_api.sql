-- +goose Up

-- With what an agency's own systems come in: each key stands for one officer and can do no more than that officer may. What
-- is kept is a hash; the key itself was shown once.
CREATE TABLE api_keys (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id    bigint NOT NULL REFERENCES agencies,
  officer_id   bigint NOT NULL REFERENCES officers, -- in whose name it acts
  name         text NOT NULL CHECK (name <> ''),    -- of the system that holds it
  hash         bytea NOT NULL UNIQUE,               -- SHA-256
  ending       text NOT NULL,                       -- its last letters, by which people tell keys apart
  scopes       text[] NOT NULL CHECK (scopes <> '{}'),
  made_by      bigint NOT NULL REFERENCES officers,
  made_at      timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL CHECK (expires_at > made_at),
  last_used_at timestamptz,
  revoked_at   timestamptz
);
CREATE INDEX ON api_keys (agency_id);
CREATE INDEX ON api_keys (officer_id);
ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON api_keys USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id));

-- What was answered to an act under an Idempotency-Key, written with the act itself and given again for a day.
CREATE TABLE api_answers (
  agency_id    bigint NOT NULL REFERENCES agencies,
  api_key_id   bigint NOT NULL REFERENCES api_keys,
  name         text NOT NULL,  -- what the system called it: the Idempotency-Key
  fingerprint  bytea NOT NULL, -- SHA-256 of the address and what was sent
  version      text NOT NULL,  -- of the case after the act: the ETag
  body         text NOT NULL,  -- JSON; identifiers, status and times, no personal data
  at           timestamptz NOT NULL,
  PRIMARY KEY (api_key_id, name)
);
CREATE INDEX ON api_answers (agency_id);
CREATE INDEX api_answers_at ON api_answers (at);
ALTER TABLE api_answers ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_answers FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON api_answers USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id));

-- What changed since a moment, for systems that keep a copy: page by page, each at the same cost.
CREATE INDEX tickets_updated ON tickets (agency_id, updated_at, id);

-- +goose Down
DROP INDEX tickets_updated;
DROP TABLE api_answers, api_keys;
