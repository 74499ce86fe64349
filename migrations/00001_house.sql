-- +goose Up

-- The role the program works as. It owns nothing and cannot pass row-level security; the login
-- role of DATABASE_URL becomes it (SET ROLE) on every connection of the web and worker processes.
-- +goose StatementBegin
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'saphan_app') THEN
    CREATE ROLE saphan_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL; -- roles are shared by all databases of a server: another one was quicker
END
$$;
-- +goose StatementEnd

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- In scope: the transaction works for everybody ('all': the bot and jobs) or for this agency.
-- Without a scope nothing is seen and nothing can be written.
CREATE FUNCTION in_scope(agency bigint) RETURNS boolean LANGUAGE sql STABLE
  AS $$ SELECT current_setting('app.agency', true) IN ('all', agency::text) $$;
CREATE FUNCTION in_scope_all() RETURNS boolean LANGUAGE sql STABLE
  AS $$ SELECT current_setting('app.agency', true) = 'all' $$;

------------------------------------------------------------------------ agencies/

CREATE TABLE agencies (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code       text NOT NULL UNIQUE CHECK (code ~ '^[A-Z]{2,6}$'), -- stands before its ticket numbers: SN-2569-000001
  name       text NOT NULL,
  kind       text NOT NULL, -- เทศบาล, อบต., กรม ...
  phone      text NOT NULL DEFAULT '',
  address    text NOT NULL DEFAULT '',
  signer     text NOT NULL DEFAULT '', -- post of the official who signs permits
  opens_at   time NOT NULL DEFAULT '08:30',
  closes_at  time NOT NULL DEFAULT '16:30', -- half open: 16:30:00 is outside (EGA-10.2)
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Holidays are Cabinet decisions, announced late and sometimes moved (LOC-4): data, never a formula.
CREATE TABLE holidays (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id bigint REFERENCES agencies, -- null: the whole nation
  on_date   date NOT NULL,
  name      text NOT NULL,
  source    text NOT NULL,
  UNIQUE NULLS NOT DISTINCT (agency_id, on_date)
);

CREATE TABLE queues (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id bigint NOT NULL REFERENCES agencies,
  key       text NOT NULL, -- permits, works, general ...: forms name their queue by it
  name      text NOT NULL,
  UNIQUE (agency_id, key)
);

-- Officers and sessions are looked up before there is a scope, so they stand outside row-level security.
CREATE TABLE officers (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id      bigint NOT NULL REFERENCES agencies,
  email          text NOT NULL UNIQUE CHECK (email = lower(email)),
  name           text NOT NULL,
  role           text NOT NULL CHECK (role IN ('officer', 'head', 'viewer')),
  password_hash  text NOT NULL,      -- argon2id
  totp_sealed    bytea NOT NULL,     -- shared secret, sealed with SECRET_KEY
  totp_last_step bigint NOT NULL DEFAULT 0, -- a code works once (ASVS 6.5.1)
  disabled_at    timestamptz,
  created_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE sessions (
  token_hash bytea PRIMARY KEY, -- SHA-256 of the cookie
  officer_id bigint NOT NULL REFERENCES officers,
  created_at timestamptz NOT NULL,
  seen_at    timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX ON sessions (officer_id);

-- Counted per e-mail address and per network address, to slow down guessing (ASVS 6.3.1).
CREATE TABLE sign_in_failures (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subject text NOT NULL, -- 'email:' or 'ip:' and a hash
  at      timestamptz NOT NULL
);
CREATE INDEX ON sign_in_failures (subject, at);

-- An official account on a chat service. The webhook finds it by destination before it knows an agency.
CREATE TABLE channels (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id     bigint NOT NULL REFERENCES agencies,
  kind          text NOT NULL CHECK (kind IN ('line')),
  destination   text NOT NULL, -- LINE: the bot's user ID
  provider      text NOT NULL, -- LINE user IDs are one per provider (line.md 5.1)
  name          text NOT NULL,
  secret_sealed bytea NOT NULL,
  token_sealed  bytea NOT NULL,
  announced_at  timestamptz, -- EGA-10.6
  created_at    timestamptz NOT NULL DEFAULT now(),
  UNIQUE (kind, destination)
);

-- Which agency takes which service where. Areas are circles and names; the nearest circle wins.
CREATE TABLE areas (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id bigint NOT NULL REFERENCES agencies,
  name      text NOT NULL, -- as people write it in an address: "ต.ตัวอย่าง"
  lat       double precision NOT NULL,
  lon       double precision NOT NULL,
  radius_m  double precision NOT NULL CHECK (radius_m > 0)
);

CREATE TABLE routes (
  agency_id bigint NOT NULL REFERENCES agencies,
  form_key  text NOT NULL,
  queue_id  bigint NOT NULL REFERENCES queues,
  PRIMARY KEY (agency_id, form_key)
);

CREATE TABLE endpoints (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id     bigint NOT NULL REFERENCES agencies,
  url           text NOT NULL,
  secret_sealed bytea NOT NULL,
  allowed       text[] NOT NULL DEFAULT '{}', -- networks (CIDR) that are private but allowed for this endpoint
  disabled_at   timestamptz,
  created_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE deliveries (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id    bigint NOT NULL REFERENCES agencies,
  endpoint_id  bigint NOT NULL REFERENCES endpoints,
  event_id     text NOT NULL, -- the webhook-id header; the same on every attempt
  kind         text NOT NULL, -- ticket.created ...
  body         bytea NOT NULL, -- exactly what is signed and sent
  state        text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
  created_at   timestamptz NOT NULL,
  delivered_at timestamptz,
  UNIQUE (endpoint_id, event_id)
);
CREATE INDEX ON deliveries (agency_id, id);

CREATE TABLE delivery_attempts (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id   bigint NOT NULL REFERENCES agencies,
  delivery_id bigint NOT NULL REFERENCES deliveries,
  at          timestamptz NOT NULL,
  status      int NOT NULL, -- HTTP status; 0 when no answer came
  ms          int NOT NULL,
  response    text NOT NULL DEFAULT '', -- the first 2 KB of the answer
  problem     text NOT NULL DEFAULT ''
);
CREATE INDEX ON delivery_attempts (delivery_id);

-- Running numbers without gaps: the row is locked until the number is committed (MTH-2.3).
CREATE TABLE number_series (
  agency_id bigint NOT NULL REFERENCES agencies,
  series    text NOT NULL, -- 'ticket', 'permit HB' ...
  year_be   int NOT NULL,
  last      bigint NOT NULL,
  PRIMARY KEY (agency_id, series, year_be)
);

------------------------------------------------------------------------ citizens/

CREATE TABLE citizens (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE identities (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  citizen_id  bigint NOT NULL REFERENCES citizens,
  kind        text NOT NULL,
  provider    text NOT NULL,
  external_id text NOT NULL,
  name        text NOT NULL DEFAULT '', -- display name; may stay empty for ever
  blocked_at  timestamptz,
  created_at  timestamptz NOT NULL DEFAULT now(),
  UNIQUE (kind, provider, external_id)
);
CREATE INDEX ON identities (citizen_id);

-- Which privacy notice was shown to whom before the first question (PDP-1, PDP-2).
CREATE TABLE notices (
  citizen_id bigint NOT NULL REFERENCES citizens,
  form_key   text NOT NULL,
  version    int NOT NULL,
  shown_at   timestamptz NOT NULL,
  PRIMARY KEY (citizen_id, form_key, version)
);

------------------------------------------------------------------------ files/

CREATE TABLE attachments (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  object_key text NOT NULL,
  sha256     bytea NOT NULL, -- of the plain bytes
  size_bytes bigint NOT NULL,
  media_type text NOT NULL, -- by content
  name       text NOT NULL,
  sealed_key bytea NOT NULL,
  source     text NOT NULL UNIQUE, -- where the bytes came from: fetching twice stores once
  state      text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'gone')),
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON attachments (object_key); -- the sweep asks which objects have a row

------------------------------------------------------------------------ bot/

-- What a channel sent, raw. No foreign key on the hot path: the channel was just looked up.
CREATE TABLE inbound_events (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  channel_id  bigint NOT NULL,
  event_id    text NOT NULL, -- LINE: webhookEventId
  source      text NOT NULL, -- whose conversation it belongs to; empty when it has none
  message_id  text NOT NULL DEFAULT '',
  at          timestamptz NOT NULL, -- the channel's clock
  received_at timestamptz NOT NULL,
  body        bytea NOT NULL, -- emptied when the citizen takes the message back
  state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'quarantined')),
  problem     text NOT NULL DEFAULT '',
  UNIQUE (channel_id, event_id)
);
CREATE INDEX inbound_events_waiting ON inbound_events (channel_id, source, at, id) WHERE state = 'waiting';
CREATE INDEX inbound_events_message ON inbound_events (channel_id, message_id) WHERE message_id <> '';

CREATE TABLE conversations (
  id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  channel_id        bigint NOT NULL REFERENCES channels,
  identity_id       bigint NOT NULL REFERENCES identities,
  source            text NOT NULL, -- the channel's address of the person
  state             jsonb NOT NULL DEFAULT '{}',
  reply_token       text NOT NULL DEFAULT '', -- the newest that has not been used
  reply_token_until timestamptz,
  sender            uuid,        -- who is sending to this conversation now
  sending_until     timestamptz, -- and until when that claim holds
  updated_at        timestamptz NOT NULL DEFAULT now(),
  UNIQUE (channel_id, source)
);
CREATE INDEX ON conversations (identity_id);

CREATE TABLE messages (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  conversation_id bigint NOT NULL REFERENCES conversations,
  channel_id      bigint NOT NULL,
  external_id     text NOT NULL, -- the channel's message identifier
  kind            text NOT NULL,
  text            text NOT NULL DEFAULT '',
  attachment_id   bigint REFERENCES attachments,
  place           jsonb,
  at              timestamptz NOT NULL,
  unsent_at       timestamptz,
  UNIQUE (channel_id, external_id)
);
CREATE INDEX ON messages (conversation_id, id);

-- The outbox: one row per message to a citizen, sent in order of id within a conversation.
CREATE TABLE replies (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  conversation_id bigint NOT NULL REFERENCES conversations,
  cause           text NOT NULL, -- what it answers ('event 7 0', 'ticket 5 receipt'): said once, however often the step runs
  body            jsonb NOT NULL,
  state           text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed', 'parked')),
  call_key        uuid,        -- retry key of the call that carries it; rows of one call share it
  call_token      text NOT NULL DEFAULT '', -- reply token of that call; empty: push
  called_at       timestamptz, -- when that call was first tried
  attempts        int NOT NULL DEFAULT 0,
  external_id     text NOT NULL DEFAULT '',
  request_id      text NOT NULL DEFAULT '', -- x-line-request-id of the last try
  problem         text NOT NULL DEFAULT '',
  created_at      timestamptz NOT NULL,
  sent_at         timestamptz,
  UNIQUE (conversation_id, cause)
);
CREATE INDEX replies_waiting ON replies (conversation_id, id) WHERE state = 'waiting';

------------------------------------------------------------------------ tickets/

CREATE TABLE requests (
  id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  draft           text NOT NULL UNIQUE, -- one filling of a form is submitted once
  citizen_id      bigint NOT NULL REFERENCES citizens,
  conversation_id bigint REFERENCES conversations,
  agency_id       bigint NOT NULL REFERENCES agencies, -- the agency that was written to
  form_key        text NOT NULL,
  form_version    int NOT NULL,
  answers         jsonb NOT NULL,
  citizen_name    text NOT NULL DEFAULT '',
  entered_at      timestamptz NOT NULL, -- entered the agency's system (EGA-10.1, EGA-10.3)
  created_at      timestamptz NOT NULL
);
CREATE INDEX ON requests (citizen_id);

CREATE TABLE tickets (
  id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id          bigint NOT NULL REFERENCES agencies,
  request_id         bigint NOT NULL UNIQUE REFERENCES requests,
  citizen_id         bigint NOT NULL REFERENCES citizens,
  queue_id           bigint NOT NULL REFERENCES queues,
  officer_id         bigint REFERENCES officers, -- who has taken it
  number             text NOT NULL UNIQUE,
  form_key           text NOT NULL,
  form_version       int NOT NULL,
  title              text NOT NULL, -- of the service
  subject            text NOT NULL, -- one line for the list
  citizen_name       text NOT NULL DEFAULT '',
  status             text NOT NULL,
  entered_at         timestamptz NOT NULL,
  deemed_received_at timestamptz NOT NULL, -- the next working time when it came outside of hours (EGA-10.2)
  due_at             timestamptz NOT NULL,
  closed_at          timestamptz,
  unread             boolean NOT NULL DEFAULT true, -- the citizen said something no officer has seen
  track_token        text NOT NULL UNIQUE,
  search             text NOT NULL DEFAULT '', -- canonical text of number, subject, name and answers (LOC-8)
  updated_at         timestamptz NOT NULL
);
CREATE INDEX tickets_open_due ON tickets (agency_id, due_at, id) WHERE closed_at IS NULL;
CREATE INDEX tickets_queue_due ON tickets (agency_id, queue_id, due_at, id) WHERE closed_at IS NULL;
CREATE INDEX tickets_officer_due ON tickets (agency_id, officer_id, due_at, id) WHERE closed_at IS NULL;
CREATE INDEX tickets_closed ON tickets (agency_id, closed_at DESC, id) WHERE closed_at IS NOT NULL;
CREATE INDEX tickets_citizen ON tickets (citizen_id, id);
CREATE INDEX tickets_search ON tickets USING gin (search gin_trgm_ops);

-- Append-only: the program's role may add and read, never change or delete (EGA-15.1).
CREATE TABLE ticket_events (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id bigint NOT NULL REFERENCES agencies,
  ticket_id bigint NOT NULL REFERENCES tickets,
  seq       int NOT NULL,
  at        timestamptz NOT NULL,
  actor     text NOT NULL, -- 'officer 3', 'citizen 9', 'agency 1', 'system'
  kind      text NOT NULL,
  detail    json NOT NULL, -- no personal data; json, not jsonb: the hash covers these very bytes
  hash      bytea NOT NULL, -- SHA-256 over the hash before it and this row
  UNIQUE (ticket_id, seq)
);

-- The talk between the citizen and the officers of one ticket.
CREATE TABLE ticket_messages (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id     bigint NOT NULL REFERENCES agencies,
  ticket_id     bigint NOT NULL REFERENCES tickets,
  author        text NOT NULL CHECK (author IN ('citizen', 'officer', 'system')),
  officer_id    bigint REFERENCES officers,
  text          text NOT NULL DEFAULT '',
  attachment_id bigint REFERENCES attachments,
  place         jsonb,
  at            timestamptz NOT NULL,
  source        text NOT NULL, -- what it came from: told once, however often the step runs
  unsent_at     timestamptz,
  UNIQUE (ticket_id, source)
);

CREATE TABLE ticket_files (
  agency_id     bigint NOT NULL REFERENCES agencies,
  ticket_id     bigint NOT NULL REFERENCES tickets,
  attachment_id bigint NOT NULL REFERENCES attachments,
  label         text NOT NULL,
  at            timestamptz NOT NULL,
  PRIMARY KEY (ticket_id, attachment_id)
);
CREATE INDEX ON ticket_files (attachment_id);

CREATE TABLE notes (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id  bigint NOT NULL REFERENCES agencies,
  ticket_id  bigint NOT NULL REFERENCES tickets,
  officer_id bigint NOT NULL REFERENCES officers,
  text       text NOT NULL,
  at         timestamptz NOT NULL
);
CREATE INDEX ON notes (ticket_id);

-- Missing documents are asked for once, in one dated list (LFA-8.1, LFA-8.2).
CREATE TABLE deficiency_notices (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id  bigint NOT NULL REFERENCES agencies,
  ticket_id  bigint NOT NULL REFERENCES tickets,
  officer_id bigint NOT NULL REFERENCES officers,
  due_on     date NOT NULL,
  override   text NOT NULL DEFAULT '', -- legal reason for asking again
  at         timestamptz NOT NULL
);
CREATE INDEX ON deficiency_notices (ticket_id);

CREATE TABLE wants (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id     bigint NOT NULL REFERENCES agencies,
  ticket_id     bigint NOT NULL REFERENCES tickets,
  notice_id     bigint NOT NULL REFERENCES deficiency_notices,
  label         text NOT NULL,
  attachment_id bigint REFERENCES attachments,
  supplied_at   timestamptz
);
CREATE INDEX ON wants (ticket_id);

CREATE TABLE decisions (
  ticket_id   bigint PRIMARY KEY REFERENCES tickets,
  agency_id   bigint NOT NULL REFERENCES agencies,
  officer_id  bigint NOT NULL REFERENCES officers,
  outcome     text NOT NULL CHECK (outcome IN ('approve', 'refuse')),
  reason      text NOT NULL DEFAULT '', -- facts and reasons, shown to the citizen
  legal_basis text NOT NULL DEFAULT '',
  appeal      text NOT NULL DEFAULT '', -- to whom and within how many days (LFA-11.1)
  conditions  text NOT NULL DEFAULT '',
  at          timestamptz NOT NULL
);

------------------------------------------------------------------------ permits/

CREATE TABLE permits (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id     bigint NOT NULL REFERENCES agencies,
  ticket_id     bigint NOT NULL UNIQUE REFERENCES tickets,
  number        text NOT NULL UNIQUE,
  form_key      text NOT NULL,
  title         text NOT NULL,
  holder        text NOT NULL,
  items         jsonb NOT NULL, -- [{"label","value","public"}] as they stand on the permit
  conditions    text NOT NULL DEFAULT '',
  issued_on     date NOT NULL,
  valid_until   date, -- null: no end
  status        text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'revoked')),
  status_reason text NOT NULL DEFAULT '',
  attachment_id bigint REFERENCES attachments,
  ready_at      timestamptz, -- the document exists
  created_at    timestamptz NOT NULL
);

------------------------------------------------------------------------ who sees what

-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['queues', 'areas', 'routes', 'endpoints', 'deliveries', 'delivery_attempts', 'number_series',
    'tickets', 'ticket_events', 'ticket_messages', 'ticket_files', 'notes', 'deficiency_notices', 'wants', 'decisions', 'permits']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY scope ON %I USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id))', t);
  END LOOP;
  -- The conversation itself is nobody's but the citizen's: only the bot and jobs see it.
  FOREACH t IN ARRAY ARRAY['inbound_events', 'conversations', 'messages', 'replies', 'notices']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format('CREATE POLICY scope ON %I USING (in_scope_all()) WITH CHECK (in_scope_all())', t);
  END LOOP;
  -- An agency sees a person, a file or a request only through a ticket of its own.
  FOREACH t IN ARRAY ARRAY['citizens', 'identities', 'attachments', 'requests']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
  END LOOP;
END
$$;
-- +goose StatementEnd
CREATE POLICY scope ON citizens USING (in_scope_all() OR EXISTS (SELECT FROM tickets WHERE tickets.citizen_id = citizens.id)) WITH CHECK (in_scope_all());
CREATE POLICY scope ON identities USING (in_scope_all() OR EXISTS (SELECT FROM tickets WHERE tickets.citizen_id = identities.citizen_id)) WITH CHECK (in_scope_all());
CREATE POLICY scope ON requests USING (in_scope_all() OR EXISTS (SELECT FROM tickets WHERE tickets.request_id = requests.id)) WITH CHECK (in_scope_all());
CREATE POLICY scope ON attachments USING (in_scope_all() OR EXISTS (SELECT FROM ticket_files WHERE ticket_files.attachment_id = attachments.id)) WITH CHECK (in_scope_all());

-- How an officer's words fared on their way to the citizen, without opening the conversation. Only for
-- a ticket in the caller's own scope. (SET app.agency as a clause of the function would need a superuser.)
-- +goose StatementBegin
CREATE FUNCTION sending_state(ticket bigint, message_source text) RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER
  SET search_path = public
  AS $$
DECLARE
  scope   text := coalesce(current_setting('app.agency', true), '');
  request bigint := (SELECT t.request_id FROM tickets t WHERE t.id = ticket);
  answer  text;
BEGIN
  PERFORM set_config('app.agency', 'all', true);
  SELECT r.state INTO answer FROM replies r
   WHERE r.conversation_id = (SELECT q.conversation_id FROM requests q WHERE q.id = request)
     AND r.cause = 'ticket ' || ticket || ' ' || message_source;
  PERFORM set_config('app.agency', scope, true);
  RETURN answer;
END
$$;
-- +goose StatementEnd

-- +goose Down
-- Development only: drop the database instead.
SELECT 1;
