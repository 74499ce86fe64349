-- +goose Up

------------------------------------------------------------------------ citizens/

-- What is known about a person, so that it is asked once (SEED-21). The richest table of personal data: values
-- are sealed with SECRET_KEY and nothing is ever searched for here. Of each fact two are kept at most: the last
-- that was verified and the last that was only said.
CREATE TABLE profile_facts (
  citizen_id   bigint NOT NULL REFERENCES citizens,
  key          text NOT NULL,    -- name, national_id, phone ...: what a form's field asks for
  verified     boolean NOT NULL, -- by ThaID or an officer; else the person said so
  value_sealed bytea NOT NULL,
  origin       text NOT NULL,    -- 'request 7', 'thaid', 'phone' or 'officer 3'
  at           timestamptz NOT NULL,
  PRIMARY KEY (citizen_id, key, verified)
);

-- Documents that a person gave before. The bytes are those of the attachment.
CREATE TABLE vault_documents (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  citizen_id    bigint NOT NULL REFERENCES citizens,
  type          text NOT NULL,   -- what the documents of forms are sorted by: house_registration ...
  label         text NOT NULL,   -- what the form called it
  attachment_id bigint NOT NULL REFERENCES attachments,
  agency_id     bigint NOT NULL REFERENCES agencies, -- that received it
  request_id    bigint NOT NULL REFERENCES requests, -- with which it came first
  issuer        text NOT NULL DEFAULT '',
  issued_on     date,
  valid_until   date,            -- last day; null: no end
  given_at      timestamptz NOT NULL,
  UNIQUE (citizen_id, attachment_id, type)
);
CREATE INDEX vault_documents_type ON vault_documents (citizen_id, type, given_at DESC);
CREATE INDEX vault_documents_attachment ON vault_documents (attachment_id);

-- With one tap the person let another agency have a document.
CREATE TABLE vault_shares (
  document_id bigint NOT NULL REFERENCES vault_documents ON DELETE CASCADE,
  citizen_id  bigint NOT NULL REFERENCES citizens,
  agency_id   bigint NOT NULL REFERENCES agencies,
  at          timestamptz NOT NULL,
  PRIMARY KEY (document_id, agency_id)
);

-- A file that was taken back, or in which a virus was found, cannot be offered again.
-- +goose StatementBegin
CREATE FUNCTION vault_loses_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM vault_documents WHERE attachment_id = NEW.id;
  RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER vault_loses_file AFTER UPDATE OF state ON attachments FOR EACH ROW
  WHEN (NEW.state IN ('gone', 'infected') AND OLD.state IS DISTINCT FROM NEW.state)
  EXECUTE FUNCTION vault_loses_file();

-- Who of an agency opened a case or a file (PDP-8). Append-only. Opening again within the same ten minutes is
-- the same reading.
CREATE TABLE readings (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id     bigint NOT NULL REFERENCES agencies,
  ticket_id     bigint NOT NULL REFERENCES tickets,
  officer_id    bigint NOT NULL REFERENCES officers,
  kind          text NOT NULL CHECK (kind IN ('case', 'file')),
  attachment_id bigint NOT NULL DEFAULT 0, -- 0: the case itself
  standing      text NOT NULL CHECK (standing IN ('holder', 'free', 'other')), -- the officer's own case, nobody's, or a colleague's
  reason        text NOT NULL DEFAULT '',  -- why, when it is a colleague's
  at            timestamptz NOT NULL,
  slot          bigint NOT NULL,           -- number of the ten minutes since 1970
  UNIQUE (ticket_id, officer_id, attachment_id, slot)
);

-- A copy of everything, for the person to take away (PDP-4).
CREATE TABLE exports (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  citizen_id    bigint NOT NULL REFERENCES citizens,
  token         text NOT NULL UNIQUE,      -- in the link, which opens only to the person who is signed in
  state         text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'ready', 'taken', 'gone')),
  attachment_id bigint REFERENCES attachments,
  asked_at      timestamptz NOT NULL,
  ready_at      timestamptz,
  taken_at      timestamptz
);
CREATE INDEX exports_citizen ON exports (citizen_id, id);
CREATE INDEX exports_kept ON exports (id) WHERE state <> 'gone';

-- A wish to be forgotten, and how far it has been carried out. What stays is told without personal data.
CREATE TABLE erasures (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  citizen_id  bigint NOT NULL REFERENCES citizens,
  asked_at    timestamptz NOT NULL,
  began_at    timestamptz,               -- all was erased that need not wait
  finished_at timestamptz,               -- the account too
  stays       jsonb NOT NULL DEFAULT '[]'
);
CREATE UNIQUE INDEX erasures_open ON erasures (citizen_id) WHERE finished_at IS NULL;

------------------------------------------------------------------------ tickets/

-- How long the record of a case is kept after it was closed, by the class that its form names (PDP-5). An agency
-- may have a term of its own, by its retention schedule. A term without a confirmed law is said to be so.
CREATE TABLE retention_classes (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id bigint REFERENCES agencies, -- null: everybody's
  key       text NOT NULL,
  name      text NOT NULL,
  years     int NOT NULL CHECK (years > 0),
  law       text NOT NULL,
  confirmed boolean NOT NULL DEFAULT false,
  UNIQUE NULLS NOT DISTINCT (agency_id, key)
);
INSERT INTO retention_classes (key, name, years, law) VALUES
  ('licence', 'เอกสารการอนุญาต', 10, 'ระเบียบสำนักนายกรัฐมนตรีว่าด้วยงานสารบรรณ พ.ศ. 2526 ข้อ 57'),
  ('complaint', 'เรื่องร้องเรียนและแจ้งเหตุ', 10, 'ระเบียบสำนักนายกรัฐมนตรีว่าด้วยงานสารบรรณ พ.ศ. 2526 ข้อ 57'),
  ('correspondence', 'หนังสือและเรื่องทั่วไป', 10, 'ระเบียบสำนักนายกรัฐมนตรีว่าด้วยงานสารบรรณ พ.ศ. 2526 ข้อ 57');

-- Cases whose term is over: proposed to a person, who decides (EGA-17.1). Nothing is ever disposed of in silence.
CREATE TABLE disposals (
  ticket_id   bigint PRIMARY KEY REFERENCES tickets,
  agency_id   bigint NOT NULL REFERENCES agencies,
  proposed_at timestamptz NOT NULL,
  class       text NOT NULL,
  kept_until  date NOT NULL,          -- the last day of the term
  verdict     text CHECK (verdict IN ('dispose', 'keep')),
  officer_id  bigint REFERENCES officers,
  reason      text NOT NULL DEFAULT '',
  decided_at  timestamptz,
  CHECK ((verdict IS NULL) = (decided_at IS NULL) AND (verdict IS NULL) = (officer_id IS NULL))
);
CREATE INDEX disposals_open ON disposals (agency_id, ticket_id) WHERE verdict IS NULL;

-- When the words and names of a case were erased: because its person asked to be forgotten and no law keeps it,
-- or because its term was over and an officer decided so.
ALTER TABLE tickets ADD COLUMN erased_at timestamptz;

------------------------------------------------------------------------ bot/

-- How far what was said has been emptied, oldest first: what is older than that is not looked at again.
CREATE TABLE purges (
  kind text PRIMARY KEY, -- events, messages, replies
  upto bigint NOT NULL
);

------------------------------------------------------------------------ who sees what

-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['profile_facts', 'vault_documents', 'vault_shares', 'exports', 'erasures', 'purges']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY scope ON %I USING (in_scope_all()) WITH CHECK (in_scope_all())', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['readings', 'disposals']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY scope ON %I USING (in_scope(agency_id)) WITH CHECK (own_ticket(agency_id, ticket_id))', t);
  END LOOP;
END
$$;
-- +goose StatementEnd
ALTER TABLE retention_classes ENABLE ROW LEVEL SECURITY;
ALTER TABLE retention_classes FORCE ROW LEVEL SECURITY;
CREATE POLICY look ON retention_classes FOR SELECT USING (true);
CREATE POLICY scope ON retention_classes USING (in_scope_all() OR in_scope(agency_id)) WITH CHECK (in_scope_all() OR in_scope(agency_id));

-- +goose Down
DROP TABLE purges;
ALTER TABLE tickets DROP COLUMN erased_at;
DROP TABLE disposals, retention_classes, erasures, exports, readings;
DROP TRIGGER vault_loses_file ON attachments;
DROP FUNCTION vault_loses_file;
DROP TABLE vault_shares, vault_documents, profile_facts;
