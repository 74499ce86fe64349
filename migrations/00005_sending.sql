-- Open inboxes hear how an officer's words fare on their way to the citizen: sent, failed or put off.
-- What is said about a ticket has a cause of the form "ticket 7 ...". Whoever changes the outbox sees
-- every agency.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION ring_sending() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('saphan_tickets', t.agency_id || ' ' || t.id)
     FROM tickets t WHERE t.id = split_part(NEW.cause, ' ', 2)::bigint;
  RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER ring_sending AFTER UPDATE OF state ON replies FOR EACH ROW
  WHEN (OLD.state IS DISTINCT FROM NEW.state AND NEW.cause ~ '^ticket [0-9]+ ')
  EXECUTE FUNCTION ring_sending();

-- +goose Down
DROP TRIGGER ring_sending ON replies;
DROP FUNCTION ring_sending;
