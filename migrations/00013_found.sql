-- +goose Up

-- What is looked for has an index: the tickets of a conversation whose citizen blocked the account; the
-- message that brought a file; the document that was asked for and came in a file that was taken back; the
-- requests that hold a file (those without files are not in it); who offers a service where.
CREATE INDEX requests_conversation ON requests (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX requests_files ON requests USING gin (jsonb_path_query_array(answers, '$[*].attachments[*]'))
  WHERE jsonb_path_exists(answers, '$[*].attachments[*]');
CREATE INDEX messages_attachment ON messages (attachment_id) WHERE attachment_id IS NOT NULL;
CREATE INDEX wants_attachment ON wants (attachment_id) WHERE attachment_id IS NOT NULL;
CREATE INDEX routes_form ON routes (form_key);
CREATE INDEX areas_agency ON areas (agency_id);
CREATE INDEX deliveries_failed ON deliveries (endpoint_id, id) WHERE state = 'failed';
CREATE INDEX sign_in_failures_at ON sign_in_failures (at); -- old ones are removed at every attempt
-- Closed tickets are listed newest first, those of one moment too.
DROP INDEX tickets_closed;
CREATE INDEX tickets_closed ON tickets (agency_id, closed_at DESC, id DESC) WHERE closed_at IS NOT NULL;

-- These functions see every agency's rows while they run: no table of the caller's making may stand in for
-- one of ours. (The schema of temporary tables is looked into first unless it is named.)
ALTER FUNCTION sending_state SET search_path = public, pg_temp;
ALTER FUNCTION unsent_of SET search_path = public, pg_temp;
ALTER FUNCTION blocked_since SET search_path = public, pg_temp;

-- A row in an agency's own name could point to another agency's ticket: to read a person or a file through
-- it, or to be read as if the other had written it. In the scope of an agency what a row belongs to must be
-- the agency's own too. (Not in the policies' own words: those would be planned with every statement.)
-- +goose StatementBegin
CREATE FUNCTION own_ticket(agency bigint, ticket bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN in_scope_all() OR (in_scope(agency) AND EXISTS (SELECT FROM tickets t WHERE t.id = ticket AND t.agency_id = agency));
END
$$;
-- +goose StatementEnd
-- A ticket is made of a request by the program. Later it stays that of the same request and the same person.
-- +goose StatementBegin
CREATE FUNCTION own_request(agency bigint, request bigint, citizen bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN in_scope_all() OR (in_scope(agency) AND EXISTS (SELECT FROM requests r WHERE r.id = request AND r.citizen_id = citizen));
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION own_permit(agency bigint, permit bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN in_scope_all() OR (in_scope(agency) AND EXISTS (SELECT FROM permits p WHERE p.id = permit AND p.agency_id = agency));
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION own_delivery(agency bigint, delivery bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN in_scope_all() OR (in_scope(agency) AND EXISTS (SELECT FROM deliveries d WHERE d.id = delivery AND d.agency_id = agency));
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['ticket_events', 'ticket_messages', 'ticket_message_versions', 'notes', 'deficiency_notices', 'wants', 'decisions', 'permits']
  LOOP
    EXECUTE format('ALTER POLICY scope ON %I WITH CHECK (own_ticket(agency_id, ticket_id))', t);
  END LOOP;
END
$$;
-- +goose StatementEnd
ALTER POLICY scope ON tickets WITH CHECK (own_request(agency_id, request_id, citizen_id));
ALTER POLICY scope ON ticket_files WITH CHECK (in_scope_all()); -- an agency is given files, it takes none
ALTER POLICY scope ON permit_events WITH CHECK (own_permit(agency_id, permit_id));
ALTER POLICY scope ON delivery_attempts WITH CHECK (own_delivery(agency_id, delivery_id));

-- +goose Down
-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['ticket_events', 'ticket_messages', 'ticket_message_versions', 'notes', 'deficiency_notices', 'wants', 'decisions', 'permits',
    'tickets', 'ticket_files', 'permit_events', 'delivery_attempts']
  LOOP
    EXECUTE format('ALTER POLICY scope ON %I WITH CHECK (in_scope(agency_id))', t);
  END LOOP;
END
$$;
-- +goose StatementEnd
DROP FUNCTION own_ticket, own_request, own_permit, own_delivery;
ALTER FUNCTION sending_state SET search_path = public;
ALTER FUNCTION unsent_of SET search_path = public;
ALTER FUNCTION blocked_since SET search_path = public;
DROP INDEX tickets_closed;
CREATE INDEX tickets_closed ON tickets (agency_id, closed_at DESC, id) WHERE closed_at IS NOT NULL;
DROP INDEX requests_conversation, requests_files, messages_attachment, wants_attachment, routes_form, areas_agency, deliveries_failed, sign_in_failures_at;
