-- +goose Up

-- A citizen may edit what was said: the new words stand, and the officers can look up the old ones.
ALTER TABLE messages
  ADD COLUMN edited_at timestamptz,
  ADD COLUMN picked_at timestamptz; -- what a picker of day and time returned, taken as Bangkok's
ALTER TABLE ticket_messages ADD COLUMN edited_at timestamptz;
CREATE INDEX ticket_messages_told ON ticket_messages (source) WHERE author = 'citizen'; -- an unsend finds them all

CREATE TABLE ticket_message_versions (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id  bigint NOT NULL REFERENCES agencies,
  ticket_id  bigint NOT NULL REFERENCES tickets,
  message_id bigint NOT NULL REFERENCES ticket_messages,
  text       text NOT NULL,
  until      timestamptz NOT NULL -- when other words took their place
);
CREATE INDEX ON ticket_message_versions (message_id);
CREATE INDEX ON ticket_message_versions (ticket_id);
ALTER TABLE ticket_message_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE ticket_message_versions FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON ticket_message_versions USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id));

-- From which messages the answers of a request came, so that taking a message back finds them. Words to an
-- officer are filed as they come, without the citizen having confirmed them as a request: those can go.
ALTER TABLE requests
  ADD COLUMN confirmed boolean NOT NULL DEFAULT true,
  ADD COLUMN unsent    jsonb NOT NULL DEFAULT '[]'; -- what the history of its ticket will note, once there is one
CREATE TABLE request_sources (
  request_id bigint NOT NULL REFERENCES requests,
  field      text NOT NULL, -- key of the answer
  source     text NOT NULL, -- 'message 17'
  PRIMARY KEY (source, request_id, field)
);
ALTER TABLE request_sources ENABLE ROW LEVEL SECURITY;
ALTER TABLE request_sources FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON request_sources USING (in_scope_all()) WITH CHECK (in_scope_all());

-- A person blocks one official account, not all accounts of its provider.
ALTER TABLE conversations ADD COLUMN blocked_at timestamptz;
UPDATE conversations c SET blocked_at = i.blocked_at FROM identities i WHERE i.id = c.identity_id;
ALTER TABLE identities DROP COLUMN blocked_at;

-- Since when the citizens of these tickets have blocked the account that the tickets came by, without
-- opening the conversations. Only for tickets in the caller's own scope.
-- +goose StatementBegin
CREATE FUNCTION blocked_since(wanted bigint[]) RETURNS TABLE (ticket bigint, since timestamptz) LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = public
  AS $$
DECLARE
  scope  text := coalesce(current_setting('app.agency', true), '');
  own    bigint[] := (SELECT array_agg(t.id) FROM tickets t WHERE t.id = ANY (wanted));
BEGIN
  PERFORM set_config('app.agency', 'all', true);
  RETURN QUERY SELECT t.id, c.blocked_at
    FROM tickets t JOIN requests r ON r.id = t.request_id JOIN conversations c ON c.id = r.conversation_id
   WHERE t.id = ANY (own) AND c.blocked_at IS NOT NULL;
  PERFORM set_config('app.agency', scope, true);
END
$$;
-- +goose StatementEnd

-- Groups and rooms that an account was brought into and left again. Nothing says which they are.
CREATE TABLE left_groups (
  channel_id bigint NOT NULL,
  group_hash bytea NOT NULL, -- SHA-256 of the channel's identifier
  held_until timestamptz,    -- a job is taking the account out
  left_at    timestamptz,
  PRIMARY KEY (channel_id, group_hash)
);
ALTER TABLE left_groups ENABLE ROW LEVEL SECURITY;
ALTER TABLE left_groups FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON left_groups USING (in_scope_all()) WITH CHECK (in_scope_all());

-- LINE took the account out of use: nothing can be sent, and somebody must know.
ALTER TABLE channels ADD COLUMN suspended_at timestamptz;

-- +goose Down
ALTER TABLE channels DROP COLUMN suspended_at;
DROP TABLE left_groups;
DROP FUNCTION blocked_since;
ALTER TABLE identities ADD COLUMN blocked_at timestamptz;
UPDATE identities i SET blocked_at = c.blocked_at FROM conversations c WHERE c.identity_id = i.id;
ALTER TABLE conversations DROP COLUMN blocked_at;
DROP TABLE request_sources;
ALTER TABLE requests DROP COLUMN confirmed, DROP COLUMN unsent;
DROP TABLE ticket_message_versions;
DROP INDEX ticket_messages_told;
ALTER TABLE ticket_messages DROP COLUMN edited_at;
ALTER TABLE messages DROP COLUMN edited_at, DROP COLUMN picked_at;
