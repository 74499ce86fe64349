-- +goose Up

-- With what anchors are signed. The private part is sealed with SECRET_KEY: whoever owns the database cannot sign with it.
CREATE TABLE anchor_keys (
  id      text PRIMARY KEY, -- first half of the SHA-256 of the public part, in hex
  public  bytea NOT NULL,   -- Ed25519
  sealed  bytea NOT NULL,
  made_at timestamptz NOT NULL
);

-- Each day of an agency's histories in one hash, signed and chained to the one before (EGA-15.1). Append-only. What stands
-- here is also kept outside the database, so that its owner cannot write it anew unseen.
CREATE TABLE anchors (
  agency_id bigint NOT NULL REFERENCES agencies,
  n         int NOT NULL CHECK (n > 0), -- 1 is the agency's first
  since     timestamptz,                -- null: from the beginning
  until     timestamptz NOT NULL,       -- the end of the day, outside of it
  histories int NOT NULL,               -- how many grew
  body      bytea NOT NULL,             -- the very bytes that are signed
  signature bytea NOT NULL,
  key_id    text NOT NULL REFERENCES anchor_keys,
  hash      bytea NOT NULL,             -- SHA-256 of body
  at        timestamptz NOT NULL,
  PRIMARY KEY (agency_id, n),
  UNIQUE (agency_id, until)
);
ALTER TABLE anchors ENABLE ROW LEVEL SECURITY;
ALTER TABLE anchors FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON anchors USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id));

-- Evidence bundles that officers asked for, and why (EGA-15.1, PDP-8).
CREATE TABLE bundles (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id     bigint NOT NULL REFERENCES agencies,
  ticket_id     bigint NOT NULL REFERENCES tickets,
  officer_id    bigint NOT NULL REFERENCES officers,
  reason        text NOT NULL CHECK (reason <> ''),
  asked_at      timestamptz NOT NULL,
  attachment_id bigint REFERENCES attachments,
  ready_at      timestamptz,
  CHECK ((ready_at IS NULL) = (attachment_id IS NULL))
);
CREATE INDEX bundles_ticket ON bundles (ticket_id, id);
CREATE INDEX ON bundles (agency_id);
CREATE INDEX ON bundles (officer_id);
CREATE INDEX ON bundles (attachment_id);
ALTER TABLE bundles ENABLE ROW LEVEL SECURITY;
ALTER TABLE bundles FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON bundles USING (in_scope(agency_id)) WITH CHECK (own_ticket(agency_id, ticket_id));

-- The lines of a day are found without reading the others. Lines come in the order of time, so that an index of ranges
-- is enough, which costs a new line next to nothing.
CREATE INDEX ticket_events_at ON ticket_events USING brin (at);
CREATE INDEX permit_events_at ON permit_events USING brin (at);
CREATE INDEX charge_events_at ON charge_events USING brin (at);
CREATE INDEX agency_events_at ON agency_events USING brin (at);
CREATE INDEX readings_at ON readings USING brin (at);

-- +goose Down
DROP INDEX ticket_events_at, permit_events_at, charge_events_at, agency_events_at, readings_at;
DROP TABLE bundles, anchors, anchor_keys;
