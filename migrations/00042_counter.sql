-- +goose Up

-- What officers fill in for citizens, at the counter or on the telephone (MTH-1.3, SEED-22), until the citizen confirmed or
-- signed it and it is a request like any other. Filled in on the same pages, at a browser that is known by its hash.
CREATE TABLE filings (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id   bigint NOT NULL REFERENCES agencies,
  officer_id  bigint NOT NULL REFERENCES officers,
  way         text NOT NULL CHECK (way IN ('counter', 'phone')),
  signing     text NOT NULL CHECK (signing IN ('online', 'paper')),
  seed        text NOT NULL UNIQUE, -- of the browser's cookie
  browser     text NOT NULL UNIQUE, -- hash of that cookie
  form_key    text NOT NULL,
  name        text NOT NULL,        -- of the citizen, as the officer was told
  phone       text NOT NULL,        -- E.164; '': none was given
  known_by    bigint REFERENCES tickets, -- a case by which the agency knows the citizen; null: by none
  notice_at   timestamptz NOT NULL, -- the privacy notice was read out or shown (PDP-1)
  started_at  timestamptz NOT NULL,
  submission  jsonb,                -- what was filled in, until it is a request
  filled_at   timestamptz,
  token       text UNIQUE,          -- of the link at which the citizen confirms
  until       timestamptz,          -- until when that can be done
  signed_at   timestamptz,
  signed_name text NOT NULL DEFAULT '', -- as the citizen typed it; never of a paper
  signed_by   text NOT NULL DEFAULT '' CHECK (signed_by IN ('', 'link', 'paper')),
  request_id  bigint UNIQUE REFERENCES requests,
  ended_at    timestamptz,
  ended_why   text NOT NULL DEFAULT '' CHECK (ended_why IN ('', 'dropped', 'lapsed')),
  CHECK ((signed_at IS NULL) = (signed_by = '') AND (signed_at IS NULL) = (request_id IS NULL)),
  CHECK ((ended_at IS NULL) = (ended_why = '')),
  CHECK (signed_at IS NULL OR ended_at IS NULL),
  CHECK (signed_by <> 'paper' OR signed_name = ''),
  CHECK (way <> 'phone' OR signing = 'online')
);
CREATE INDEX filings_agency ON filings (agency_id, id);
CREATE INDEX ON filings (officer_id);
CREATE INDEX ON filings (known_by);
CREATE INDEX filings_open ON filings (started_at) WHERE signed_at IS NULL AND ended_at IS NULL;
ALTER TABLE filings ENABLE ROW LEVEL SECURITY;
ALTER TABLE filings FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON filings USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id) AND (known_by IS NULL OR own_ticket(agency_id, known_by)));

-- Who filed it for the citizen.
ALTER TABLE requests ADD COLUMN filed_by bigint REFERENCES officers;
CREATE INDEX requests_filed_by ON requests (filed_by) WHERE filed_by IS NOT NULL;

-- +goose Down
DROP INDEX requests_filed_by;
ALTER TABLE requests DROP COLUMN filed_by;
DROP TABLE filings;
