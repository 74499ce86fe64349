-- +goose Up

-- A file is opened by nobody before a scanner found it clean. waiting: not looked at yet; infected: a virus was
-- found, the key and the bytes are erased and the fact is kept.
ALTER TABLE attachments
  DROP CONSTRAINT attachments_state_check,
  ADD CONSTRAINT attachments_state_check CHECK (state IN ('waiting', 'ready', 'infected', 'gone')),
  ADD COLUMN scanned_at timestamptz,                -- null: no scanner looked at it
  ADD COLUMN finding    text NOT NULL DEFAULT '';   -- what the scanner calls that which it found
CREATE INDEX attachments_unscanned ON attachments (created_at) WHERE state = 'waiting';

-- Open inboxes show at once what became of a file.
-- +goose StatementBegin
CREATE FUNCTION ring_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('saphan_tickets', f.agency_id || ' ' || f.ticket_id) FROM ticket_files f WHERE f.attachment_id = NEW.id;
  RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER ring_file AFTER UPDATE OF state ON attachments FOR EACH ROW
  WHEN (OLD.state IS DISTINCT FROM NEW.state)
  EXECUTE FUNCTION ring_file();

-- +goose Down
DROP TRIGGER ring_file ON attachments;
DROP FUNCTION ring_file;
DROP INDEX attachments_unscanned;
UPDATE attachments SET state = 'gone', sealed_key = '' WHERE state IN ('waiting', 'infected');
ALTER TABLE attachments
  DROP COLUMN scanned_at,
  DROP COLUMN finding,
  DROP CONSTRAINT attachments_state_check,
  ADD CONSTRAINT attachments_state_check CHECK (state IN ('ready', 'gone'));
