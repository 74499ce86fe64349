-- +goose Up

-- How what an officer filled in was signed (MTH-1.3), and who may not sign it.
ALTER TABLE filings
  ADD COLUMN sure    boolean NOT NULL DEFAULT false, -- the chat of the known case is surely that of whom it is filled in for
  ADD COLUMN digest  text NOT NULL DEFAULT '',       -- SHA-256 of what was signed, in hexadecimal
  ADD COLUMN signer  text NOT NULL DEFAULT '',       -- the account that tapped in the chat: 'line 9'
  ADD COLUMN scans   bigint[] NOT NULL DEFAULT '{}', -- the signed sheet, as attachments; ever only more
  ADD COLUMN desk_at timestamptz,                    -- when the citizen's link was first opened where officers work
  ADD COLUMN desk_by bigint REFERENCES officers,     -- and by whom
  DROP CONSTRAINT filings_signed_by_check,
  ADD CONSTRAINT filings_signed_by_check CHECK (signed_by IN ('', 'link', 'chat', 'paper')),
  DROP CONSTRAINT filings_ended_why_check,
  ADD CONSTRAINT filings_ended_why_check CHECK (ended_why IN ('', 'dropped', 'lapsed', 'disowned')),
  ADD CONSTRAINT filings_sure CHECK (NOT sure OR known_by IS NOT NULL),
  ADD CONSTRAINT filings_chat CHECK ((signed_by = 'chat') = (signer <> '') AND (signed_by <> 'chat' OR sure)),
  ADD CONSTRAINT filings_scans CHECK (scans = '{}' OR signed_by = 'paper'),
  ADD CONSTRAINT filings_desk CHECK ((desk_at IS NULL) = (desk_by IS NULL));
CREATE INDEX ON filings (desk_by);
CREATE INDEX filings_scans_of ON filings USING gin (scans);

-- Whether a sheet counts as signed only with its scan; otherwise the scan follows on the same day.
ALTER TABLE agencies ADD COLUMN scan_first boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE agencies DROP COLUMN scan_first;
UPDATE filings SET signed_by = 'link' WHERE signed_by = 'chat';
UPDATE filings SET ended_why = 'dropped' WHERE ended_why = 'disowned';
DROP INDEX filings_scans_of;
ALTER TABLE filings
  DROP CONSTRAINT filings_chat,
  DROP CONSTRAINT filings_sure,
  DROP CONSTRAINT filings_scans,
  DROP CONSTRAINT filings_desk,
  DROP CONSTRAINT filings_signed_by_check,
  ADD CONSTRAINT filings_signed_by_check CHECK (signed_by IN ('', 'link', 'paper')),
  DROP CONSTRAINT filings_ended_why_check,
  ADD CONSTRAINT filings_ended_why_check CHECK (ended_why IN ('', 'dropped', 'lapsed')),
  DROP COLUMN sure, DROP COLUMN digest, DROP COLUMN signer, DROP COLUMN scans, DROP COLUMN desk_at, DROP COLUMN desk_by;
