-- +goose Up

-- Cases about one thing follow the earliest of them, so whoever locks several locks them in the order of their numbers and
-- nobody waits in a circle. The screens have always joined the later one with the earlier.
ALTER TABLE tickets
  DROP CONSTRAINT tickets_joined,
  ADD CONSTRAINT tickets_joined CHECK (main_id IS NULL OR alike IS NOT NULL AND main_id < id);

-- A trigger that comes before an update may change any column, so PostgreSQL then locks the keys of the row as well, and every
-- writer of a case that follows it waits for that. What these four do is refuse, which they can do afterwards.
DROP TRIGGER two_person_stays ON tickets;
CREATE TRIGGER two_person_stays AFTER UPDATE OF two_person ON tickets FOR EACH ROW EXECUTE FUNCTION two_person_stays();
DROP TRIGGER referred_names_who ON tickets;
CREATE TRIGGER referred_names_who AFTER INSERT OR UPDATE OF status ON tickets FOR EACH ROW EXECUTE FUNCTION referred_names_who();
DROP TRIGGER evidence_stays ON tickets;
CREATE TRIGGER evidence_stays AFTER UPDATE OF evidence, alike ON tickets FOR EACH ROW EXECUTE FUNCTION evidence_stays();
DROP TRIGGER approves_no_more ON tickets;
CREATE TRIGGER approves_no_more AFTER UPDATE ON tickets FOR EACH ROW WHEN (NOT NEW.approves <@ OLD.approves) EXECUTE FUNCTION approves_no_more();

-- +goose Down
DROP TRIGGER two_person_stays ON tickets;
CREATE TRIGGER two_person_stays BEFORE UPDATE OF two_person ON tickets FOR EACH ROW EXECUTE FUNCTION two_person_stays();
DROP TRIGGER referred_names_who ON tickets;
CREATE TRIGGER referred_names_who BEFORE INSERT OR UPDATE OF status ON tickets FOR EACH ROW EXECUTE FUNCTION referred_names_who();
DROP TRIGGER evidence_stays ON tickets;
CREATE TRIGGER evidence_stays BEFORE UPDATE OF evidence, alike ON tickets FOR EACH ROW EXECUTE FUNCTION evidence_stays();
DROP TRIGGER approves_no_more ON tickets;
CREATE TRIGGER approves_no_more BEFORE UPDATE ON tickets FOR EACH ROW WHEN (NOT NEW.approves <@ OLD.approves) EXECUTE FUNCTION approves_no_more();
ALTER TABLE tickets
  DROP CONSTRAINT tickets_joined,
  ADD CONSTRAINT tickets_joined CHECK (main_id IS NULL OR alike IS NOT NULL AND main_id <> id);
