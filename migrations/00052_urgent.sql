-- +goose Up

-- A case that cannot wait stands first in every list. Few are such, so that they are found apart from the rest: the indexes of
-- the lists stay as they are.
ALTER TABLE tickets ADD COLUMN urgent boolean NOT NULL DEFAULT false;
CREATE INDEX tickets_urgent ON tickets (agency_id, due_at, id) WHERE closed_at IS NULL AND urgent;

-- +goose Down
DROP INDEX tickets_urgent;
ALTER TABLE tickets DROP COLUMN urgent;
