-- +goose Up

-- What LINE says about taking an account out of use and putting it back may come in another order than it
-- happened: only what is newer than the last counts.
ALTER TABLE channels ADD COLUMN suspension_told_at timestamptz; -- LINE's clock
UPDATE channels SET suspension_told_at = suspended_at WHERE suspended_at IS NOT NULL;

-- +goose Down
ALTER TABLE channels DROP COLUMN suspension_told_at;
