-- +goose Up

-- What everybody may read is written only in its agency's own name: its office hours, channels and officers. A
-- screen of another agency that asked for the wrong number would change nothing. Officers sign in before
-- there is a scope, which is when theirs are written without one.
CREATE FUNCTION in_scope_or_none(agency bigint) RETURNS boolean LANGUAGE sql STABLE
  AS $$ SELECT coalesce(current_setting('app.agency', true), '') IN ('', 'all', agency::text) $$;
ALTER TABLE agencies ENABLE ROW LEVEL SECURITY;
ALTER TABLE agencies FORCE ROW LEVEL SECURITY;
CREATE POLICY look ON agencies FOR SELECT USING (true);
CREATE POLICY scope ON agencies USING (in_scope(id)) WITH CHECK (in_scope(id));
ALTER TABLE channels ENABLE ROW LEVEL SECURITY;
ALTER TABLE channels FORCE ROW LEVEL SECURITY;
CREATE POLICY look ON channels FOR SELECT USING (true);
CREATE POLICY scope ON channels USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id));
ALTER TABLE holidays ENABLE ROW LEVEL SECURITY;
ALTER TABLE holidays FORCE ROW LEVEL SECURITY;
CREATE POLICY look ON holidays FOR SELECT USING (true);
CREATE POLICY scope ON holidays USING (in_scope_all() OR in_scope(agency_id)) WITH CHECK (in_scope_all() OR in_scope(agency_id));
ALTER TABLE officers ENABLE ROW LEVEL SECURITY;
ALTER TABLE officers FORCE ROW LEVEL SECURITY;
CREATE POLICY look ON officers FOR SELECT USING (true);
CREATE POLICY scope ON officers USING (in_scope_or_none(agency_id)) WITH CHECK (in_scope_or_none(agency_id));

-- +goose Down
DROP POLICY look ON officers;
DROP POLICY scope ON officers;
ALTER TABLE officers DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
DROP POLICY look ON holidays;
DROP POLICY scope ON holidays;
ALTER TABLE holidays DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
DROP POLICY look ON channels;
DROP POLICY scope ON channels;
ALTER TABLE channels DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
DROP POLICY look ON agencies;
DROP POLICY scope ON agencies;
ALTER TABLE agencies DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;
DROP FUNCTION in_scope_or_none;
