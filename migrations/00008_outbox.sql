-- +goose Up

-- When the calls of an account to one endpoint of its channel may go out: whoever reserves calls moves
-- free_at on by what they take of the channel's rate, so all processes together keep to it. Not logged:
-- after a crash of the database every account starts with a full second, which is right.
CREATE UNLOGGED TABLE call_rates (
  channel_id bigint NOT NULL,
  endpoint   text NOT NULL,
  free_at    timestamptz NOT NULL, -- from when on the next call may be made
  PRIMARY KEY (channel_id, endpoint)
) WITH (fillfactor = 50);

-- How much of its month's messages an account has used, as its channel says.
CREATE TABLE channel_quota (
  channel_id bigint PRIMARY KEY REFERENCES channels ON DELETE CASCADE,
  agency_id  bigint NOT NULL REFERENCES agencies,
  most       bigint,                      -- messages of a month; null: as many as it likes
  used       bigint NOT NULL DEFAULT 0,
  read_at    timestamptz,                 -- when both were read; null: never yet
  used_up_at timestamptz,                 -- when a message was refused because the month is used up; null: none since
  alarmed_on text NOT NULL DEFAULT ''     -- the month (2026-11) whose alarm was raised
);

ALTER TABLE replies
  ADD COLUMN plain  boolean NOT NULL DEFAULT false, -- the channel refused the card: it goes as text
  ADD COLUMN reason text NOT NULL DEFAULT '';       -- why it is parked or failed: blocked, month, day, unreachable, account, refused

-- Claiming and settling write each row again in place.
ALTER TABLE replies SET (fillfactor = 70);
ALTER TABLE conversations SET (fillfactor = 70);

ALTER TABLE call_rates ENABLE ROW LEVEL SECURITY;
ALTER TABLE call_rates FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON call_rates USING (in_scope_all()) WITH CHECK (in_scope_all());
ALTER TABLE channel_quota ENABLE ROW LEVEL SECURITY;
ALTER TABLE channel_quota FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON channel_quota USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id));

-- What of a ticket has not reached the citizen, or not as it was drawn, without opening the
-- conversation. Only for a ticket in the caller's own scope.
-- +goose StatementBegin
CREATE FUNCTION unsent_of(ticket bigint) RETURNS TABLE (cause text, state text, reason text, plain boolean, created_at timestamptz)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public
  AS $$
DECLARE
  scope   text := coalesce(current_setting('app.agency', true), '');
  request bigint := (SELECT t.request_id FROM tickets t WHERE t.id = ticket);
BEGIN
  PERFORM set_config('app.agency', 'all', true);
  RETURN QUERY SELECT substr(r.cause, length('ticket ' || ticket) + 2), r.state, r.reason, r.plain, r.created_at FROM replies r
   WHERE r.conversation_id = (SELECT q.conversation_id FROM requests q WHERE q.id = request)
     AND (r.state IN ('failed', 'parked') OR r.plain)
     AND starts_with(r.cause, 'ticket ' || ticket || ' ')
   ORDER BY r.id;
  PERFORM set_config('app.agency', scope, true);
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION unsent_of;
DROP TABLE channel_quota;
DROP TABLE call_rates;
ALTER TABLE replies RESET (fillfactor);
ALTER TABLE conversations RESET (fillfactor);
ALTER TABLE replies DROP COLUMN plain, DROP COLUMN reason;
