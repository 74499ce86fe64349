-- +goose Up

-- An agency's own pages are a channel too: one for each agency, without secrets, made when the first form is begun
-- there. Conversations of it are known by 'citizen:7' or by the hash of a browser's cookie.
ALTER TABLE channels DROP CONSTRAINT channels_kind_check;
ALTER TABLE channels ADD CONSTRAINT channels_kind_check CHECK (kind IN ('line', 'web'));

-- When somebody who filed a request on a page was last told by text message that there is news of it.
CREATE TABLE web_notices (
  ticket_id bigint PRIMARY KEY REFERENCES tickets ON DELETE CASCADE,
  reply_id  bigint NOT NULL, -- the newest message that this was about
  told_at   timestamptz NOT NULL,
  job       bigint NOT NULL, -- that tells it
  told      boolean NOT NULL -- and has
);
ALTER TABLE web_notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE web_notices FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON web_notices USING (in_scope_all()) WITH CHECK (in_scope_all());

-- How the requests behind these tickets were sent: 'line', 'web', or nothing when it was by neither. Only for tickets in
-- the caller's own scope.
-- +goose StatementBegin
CREATE FUNCTION came_by(wanted bigint[]) RETURNS TABLE (ticket bigint, kind text) LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = public, pg_temp
  AS $$
DECLARE
  scope  text := coalesce(current_setting('app.agency', true), '');
  own    bigint[] := (SELECT array_agg(t.id) FROM tickets t WHERE t.id = ANY (wanted));
BEGIN
  PERFORM set_config('app.agency', 'all', true);
  RETURN QUERY SELECT t.id, ch.kind
    FROM tickets t JOIN requests r ON r.id = t.request_id JOIN conversations c ON c.id = r.conversation_id JOIN channels ch ON ch.id = c.channel_id
   WHERE t.id = ANY (own);
  PERFORM set_config('app.agency', scope, true);
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION came_by(bigint[]);
DROP TABLE web_notices;
ALTER TABLE channels DROP CONSTRAINT channels_kind_check;
ALTER TABLE channels ADD CONSTRAINT channels_kind_check CHECK (kind IN ('line'));
