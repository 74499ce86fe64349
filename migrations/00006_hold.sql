-- +goose Up

-- Which job is bringing in the file of an event, and until when it is believed to be alive: a large
-- file must not be fetched by every job of its conversation at once.
ALTER TABLE inbound_events
  ADD COLUMN held_by    bigint,
  ADD COLUMN held_until timestamptz;

-- +goose Down
ALTER TABLE inbound_events DROP COLUMN held_by, DROP COLUMN held_until;
