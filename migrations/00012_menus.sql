-- +goose Up

-- The fixed menus of an account, as they stand at its channel: one for each language.
CREATE TABLE channel_menus (
  channel_id  bigint PRIMARY KEY REFERENCES channels ON DELETE CASCADE,
  agency_id   bigint NOT NULL REFERENCES agencies,
  menus       jsonb NOT NULL DEFAULT '{}',  -- language -> the channel's name of the menu in use
  holder      uuid,                         -- which job is at work on them
  held_until  timestamptz,                  -- and until when it is believed to be alive
  switched_at timestamptz,                  -- when the menus in use last became others
  checked_at  timestamptz,                  -- when all was last found as it should be
  problem     text NOT NULL DEFAULT ''      -- what kept the last try from that
);
ALTER TABLE channel_menus ENABLE ROW LEVEL SECURITY;
ALTER TABLE channel_menus FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON channel_menus USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id));

-- The people who see another menu than everybody: those who chose another language.
CREATE TABLE menu_links (
  conversation_id bigint PRIMARY KEY REFERENCES conversations ON DELETE CASCADE,
  channel_id      bigint NOT NULL REFERENCES channels ON DELETE CASCADE,
  lang            text NOT NULL,            -- what they chose
  menu            text NOT NULL DEFAULT ''  -- the menu they were given; empty: none yet
);
CREATE INDEX menu_links_channel ON menu_links (channel_id, lang, conversation_id);
ALTER TABLE menu_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE menu_links FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON menu_links USING (in_scope_all()) WITH CHECK (in_scope_all());

-- Somebody who signed in with us wants a chat account joined with what we know of them. The nonce comes
-- back through the channel (line.md 4.5); only its hash is kept, once, for minutes.
CREATE TABLE link_requests (
  nonce_hash bytea PRIMARY KEY,
  citizen_id bigint NOT NULL REFERENCES citizens ON DELETE CASCADE,
  expires_at timestamptz NOT NULL
);
CREATE INDEX link_requests_expiry ON link_requests (expires_at);
ALTER TABLE link_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE link_requests FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON link_requests USING (in_scope_all()) WITH CHECK (in_scope_all());

-- Which person a chat account was joined with, beside the one it stands for by itself.
CREATE TABLE account_links (
  identity_id bigint PRIMARY KEY REFERENCES identities ON DELETE CASCADE,
  citizen_id  bigint NOT NULL REFERENCES citizens ON DELETE CASCADE,
  linked_at   timestamptz NOT NULL
);
CREATE INDEX account_links_citizen ON account_links (citizen_id);
ALTER TABLE account_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE account_links FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON account_links USING (in_scope_all()) WITH CHECK (in_scope_all());

-- +goose Down
DROP TABLE account_links;
DROP TABLE link_requests;
DROP TABLE menu_links;
DROP TABLE channel_menus;
