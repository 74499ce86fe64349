-- +goose Up

-- A file that a page sends in pieces is one object in the store, sealed part by part: each part is a sealed stream
-- of its own, of so many plain bytes (the last may be shorter). 0: the object is one stream, as before.
ALTER TABLE attachments ADD COLUMN part_bytes bigint NOT NULL DEFAULT 0 CHECK (part_bytes >= 0);

-- A file on its way in. open: bytes are still to come, or all are here and wait to be put together; kept: it became
-- an attachment; gone: taken back, refused or left, and nothing of it can be read any more. The row of what is gone
-- stays a while, so that what was sent counts for the day.
CREATE TABLE uploads (
  id            text PRIMARY KEY,               -- random; in the address
  owner         text NOT NULL,                  -- who sends it, in the words of the page: 'citizen 7'
  name          text NOT NULL,
  size_bytes    bigint NOT NULL CHECK (size_bytes > 0),
  offset_bytes  bigint NOT NULL DEFAULT 0,      -- how many are here for good
  state         text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'kept', 'gone')),
  object_key    text NOT NULL UNIQUE,
  sealed_key    bytea NOT NULL,
  part_bytes    bigint NOT NULL,                -- 0: small enough to be one stream
  store_id      text NOT NULL DEFAULT '',       -- what the store calls the parts that wait to be put together
  part_numbers  int[] NOT NULL DEFAULT '{}',
  part_tags     text[] NOT NULL DEFAULT '{}',
  tail_key      text NOT NULL DEFAULT '',       -- the bytes after the last whole part
  tail_bytes    bigint NOT NULL DEFAULT 0,
  progress      bytea NOT NULL DEFAULT '',      -- hash and inspection as far as the parts go, sealed: they hold bytes of the file
  holder        text NOT NULL DEFAULT '',       -- who writes now, until
  held_until    timestamptz,
  wanted        boolean NOT NULL DEFAULT false, -- somebody else asks for it
  holds         int NOT NULL DEFAULT 0,         -- how many have written
  attachment_id bigint REFERENCES attachments,
  created_at    timestamptz NOT NULL,
  expires_at    timestamptz NOT NULL,
  CHECK (offset_bytes BETWEEN 0 AND size_bytes),
  CHECK (cardinality(part_numbers) = cardinality(part_tags)),
  CHECK ((state = 'kept') = (attachment_id IS NOT NULL)),
  CHECK (state = 'open' OR (sealed_key = '' AND progress = '' AND name = '')) -- the attachment has its own, to be erased
);
CREATE INDEX uploads_owner ON uploads (owner, created_at);
CREATE INDEX uploads_expires ON uploads (expires_at);
CREATE INDEX uploads_attachment ON uploads (attachment_id) WHERE attachment_id IS NOT NULL;
-- It belongs to whoever sends it; agencies see what was filed with them.
ALTER TABLE uploads ENABLE ROW LEVEL SECURITY;
ALTER TABLE uploads FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON uploads USING (in_scope_all()) WITH CHECK (in_scope_all());

-- +goose Down
DROP TABLE uploads;
UPDATE attachments SET state = 'gone', name = '', sha256 = '', sealed_key = '' WHERE part_bytes > 0;
ALTER TABLE attachments DROP COLUMN part_bytes;
