-- +goose Up

-- What stands on the paper beside the items, as it was on the day of issue: changing an agency's signer or a form's
-- legal basis later does not change what was issued.
ALTER TABLE permits
  ADD COLUMN form_code       text NOT NULL DEFAULT '',
  ADD COLUMN legal_basis     text NOT NULL DEFAULT '',
  ADD COLUMN fee_satang      bigint NOT NULL DEFAULT 0,
  ADD COLUMN fee_note        text NOT NULL DEFAULT '',
  ADD COLUMN signer_name     text NOT NULL DEFAULT '',
  ADD COLUMN signer_post     text NOT NULL DEFAULT '',
  ADD COLUMN suspended_until date; -- last day of a suspension; null: until restored

CREATE INDEX permits_agency ON permits (agency_id, id);

-- Append-only, like the history of tickets (EGA-15.1).
CREATE TABLE permit_events (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id bigint NOT NULL REFERENCES agencies,
  permit_id bigint NOT NULL REFERENCES permits,
  seq       int NOT NULL,
  at        timestamptz NOT NULL,
  actor     text NOT NULL, -- 'officer 3', 'agency 1', 'system'
  kind      text NOT NULL CHECK (kind IN ('issued', 'ready', 'suspended', 'restored', 'revoked')),
  detail    json NOT NULL, -- no personal data; json, not jsonb: the hash covers these very bytes
  hash      bytea NOT NULL,
  UNIQUE (permit_id, seq)
);
ALTER TABLE permit_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE permit_events FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON permit_events USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id));

-- +goose Down
DROP TABLE permit_events;
ALTER TABLE permits DROP COLUMN form_code, DROP COLUMN legal_basis, DROP COLUMN fee_satang, DROP COLUMN fee_note,
  DROP COLUMN signer_name, DROP COLUMN signer_post, DROP COLUMN suspended_until;
