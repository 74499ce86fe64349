-- +goose Up

-- Every version of a service that was ever on offer, as its file says it: a case keeps the version it began
-- with (LFA-7.1), also when the file is gone. A version that a request uses is never changed.
CREATE TABLE form_versions (
  key          text NOT NULL,
  version      int NOT NULL,
  file         text NOT NULL, -- its name, which says whether it is YAML or JSON
  source       bytea NOT NULL,
  hash         bytea NOT NULL, -- SHA-256 of the source
  used         boolean NOT NULL DEFAULT false,
  published_at timestamptz NOT NULL,
  PRIMARY KEY (key, version)
);
ALTER TABLE form_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE form_versions FORCE ROW LEVEL SECURITY;
CREATE POLICY look ON form_versions FOR SELECT USING (true);
CREATE POLICY scope ON form_versions USING (in_scope_all()) WITH CHECK (in_scope_all());

-- What an agency does otherwise than the template (SVC-0, SEED-25). The newest row counts; a case keeps the
-- one that counted when it came to the agency.
CREATE TABLE form_overrides (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id  bigint NOT NULL REFERENCES agencies,
  form_key   text NOT NULL,
  base       int NOT NULL, -- the version of the template that the agency looked at
  changes    jsonb NOT NULL,
  officer_id bigint REFERENCES officers, -- who decided so; null: a command
  at         timestamptz NOT NULL
);
CREATE INDEX ON form_overrides (agency_id, form_key, id);
CREATE INDEX ON form_overrides (officer_id);
ALTER TABLE form_overrides ENABLE ROW LEVEL SECURITY;
ALTER TABLE form_overrides FORCE ROW LEVEL SECURITY;
CREATE POLICY look ON form_overrides FOR SELECT USING (true);
CREATE POLICY scope ON form_overrides USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id));

ALTER TABLE tickets ADD COLUMN form_override bigint REFERENCES form_overrides;
CREATE INDEX ON tickets (form_override) WHERE form_override IS NOT NULL;

-- +goose Down
ALTER TABLE tickets DROP COLUMN form_override;
DROP TABLE form_overrides;
DROP TABLE form_versions;
