-- +goose Up

-- How a channel gets the tokens that authorise its calls (line.md 4.6). A 'fixed' token is pasted from the
-- console and holds until somebody replaces it. The others are fetched: a 'stateless' one lives for a quarter
-- of an hour and stays in memory; of 'v2.1' LINE gives thirty, so the processes share one.
ALTER TABLE channels
  ADD COLUMN line_id              text NOT NULL DEFAULT '', -- "Channel ID" of the console: who asks for a token
  ADD COLUMN token_kind           text NOT NULL DEFAULT 'fixed' CHECK (token_kind IN ('fixed', 'stateless', 'v2.1')),
  ADD COLUMN token_from           timestamptz, -- when the shared token was issued
  ADD COLUMN token_until          timestamptz, -- and until when it holds
  ADD COLUMN token_renewing_until timestamptz, -- one process at a time asks for the next
  ADD COLUMN key_sealed           bytea,       -- private key that signs assertions
  ADD COLUMN key_id               text NOT NULL DEFAULT '', -- by which the console knows its public half
  ADD COLUMN next_key_sealed      bytea,       -- one whose public half is still to be registered
  ADD COLUMN basic_id             text NOT NULL DEFAULT '', -- the @name that people search for
  ADD COLUMN announced_ref        text NOT NULL DEFAULT '', -- where the announcement is published (EGA-10.6)
  ADD COLUMN paused_at            timestamptz, -- events are kept and nothing is done or sent until it goes on
  ADD COLUMN removed_at           timestamptz; -- its secrets are gone; the row stays, for the talks that belong to it

UPDATE channels SET announced_ref = 'บันทึกไว้ก่อนที่ระบบจะเก็บเลขที่ประกาศ' WHERE announced_at IS NOT NULL;
ALTER TABLE channels ADD CONSTRAINT channels_announced CHECK ((announced_at IS NULL) = (announced_ref = ''));

-- An account that was removed may come back, to another agency too.
ALTER TABLE channels DROP CONSTRAINT channels_kind_destination_key;
CREATE UNIQUE INDEX channels_destination ON channels (kind, destination) WHERE removed_at IS NULL;
CREATE INDEX channels_agency ON channels (agency_id, id);

-- Somebody who was invited has no password and no code yet: with empty ones nobody signs in.
CREATE TABLE officer_invitations (
  token_hash bytea PRIMARY KEY, -- SHA-256 of what stands in the link
  officer_id bigint NOT NULL UNIQUE REFERENCES officers, -- a new link ends the one before
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);

-- Who changed what an agency has set up: append-only, like the history of tickets (EGA-15.1).
CREATE TABLE agency_events (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id bigint NOT NULL REFERENCES agencies,
  seq       int NOT NULL,
  at        timestamptz NOT NULL,
  actor     text NOT NULL, -- 'officer 3', 'system'
  kind      text NOT NULL,
  detail    json NOT NULL, -- json, not jsonb: the hash covers these very bytes
  hash      bytea NOT NULL,
  UNIQUE (agency_id, seq)
);
ALTER TABLE agency_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE agency_events FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON agency_events USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id));

-- +goose Down
DROP TABLE agency_events, officer_invitations;
DROP INDEX channels_destination, channels_agency;
ALTER TABLE channels ADD CONSTRAINT channels_kind_destination_key UNIQUE (kind, destination);
ALTER TABLE channels DROP CONSTRAINT channels_announced;
ALTER TABLE channels DROP COLUMN line_id, DROP COLUMN token_kind, DROP COLUMN token_from, DROP COLUMN token_until, DROP COLUMN token_renewing_until,
  DROP COLUMN key_sealed, DROP COLUMN key_id, DROP COLUMN next_key_sealed, DROP COLUMN basic_id, DROP COLUMN announced_ref, DROP COLUMN paused_at, DROP COLUMN removed_at;
