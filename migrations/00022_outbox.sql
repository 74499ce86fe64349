-- +goose Up

ALTER TABLE replies
  ADD COLUMN untaken boolean NOT NULL DEFAULT false; -- the channel certainly took none of the tries of its call so far

-- A conversation without a sender rests until sending_until: its call failed and is tried again then.

ALTER TABLE conversations
  ADD COLUMN left_at timestamptz; -- when the person last blocked the account, by the channel's clock; blocked_at is since when they have

-- +goose Down
ALTER TABLE conversations DROP COLUMN left_at;
ALTER TABLE replies DROP COLUMN untaken;
