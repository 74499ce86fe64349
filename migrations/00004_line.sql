-- +goose Up

-- While a channel secret is being changed both hold: LINE signs with the new one from one moment to
-- the next, and nobody can do both sides at once (line.md 1.2).
ALTER TABLE channels
  ADD COLUMN old_secret_sealed bytea,
  ADD COLUMN old_secret_until  timestamptz;

-- How often working on an event failed, and when last: one that fails again and again is put aside.
ALTER TABLE inbound_events
  ADD COLUMN failures  int NOT NULL DEFAULT 0,
  ADD COLUMN failed_at timestamptz;

-- Until when the reply token of a call is sure to work: refused before that, it was used, by that very call.
ALTER TABLE replies ADD COLUMN token_until timestamptz;
CREATE INDEX replies_parked ON replies (conversation_id) WHERE state = 'parked';

-- +goose Down
DROP INDEX replies_parked;
ALTER TABLE replies DROP COLUMN token_until;
ALTER TABLE inbound_events DROP COLUMN failures, DROP COLUMN failed_at;
ALTER TABLE channels DROP COLUMN old_secret_sealed, DROP COLUMN old_secret_until;
