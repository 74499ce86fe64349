-- +goose Up

-- How a queue shares what comes into it: nobody does (officers take), among those on duty, or among those with the skill.
ALTER TABLE queues ADD COLUMN share text NOT NULL DEFAULT 'none' CHECK (share IN ('none', 'balanced', 'skill'));
ALTER TABLE officers ADD COLUMN skills text[] NOT NULL DEFAULT '{}'; -- keys of services, or words of the agency's own
-- Whom the queue gave a case as it came: '': it does not share; 'nobody': there was nobody on duty, or with the skill.
ALTER TABLE ticket_routes ADD COLUMN shared text NOT NULL DEFAULT '' CHECK (shared IN ('', 'balanced', 'skill', 'nobody'));

-- When an officer is away, and who stands in. What lies with them is handed over once, as it begins.
CREATE TABLE absences (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id  bigint NOT NULL REFERENCES agencies,
  officer_id bigint NOT NULL REFERENCES officers,
  from_at    timestamptz NOT NULL,
  until_at   timestamptz NOT NULL,
  cover_id   bigint REFERENCES officers, -- null: nobody, and cases go back to their queues
  made_by    bigint NOT NULL REFERENCES officers,
  made_at    timestamptz NOT NULL,
  ended_at   timestamptz, -- it was called off, or they are back sooner
  begun_at   timestamptz, -- all was handed over
  moved      int NOT NULL DEFAULT 0, -- how many cases were
  CHECK (until_at > from_at),
  CHECK (cover_id <> officer_id)
);
CREATE INDEX ON absences (agency_id);
CREATE INDEX ON absences (officer_id);
CREATE INDEX ON absences (cover_id);
CREATE INDEX ON absences (made_by);
ALTER TABLE absences ENABLE ROW LEVEL SECURITY;
ALTER TABLE absences FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON absences USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id));

-- Rules are tried on the cases of a year, in the order in which they came.
CREATE INDEX tickets_entered ON tickets (agency_id, entered_at, id);

-- +goose Down
DROP INDEX tickets_entered;
DROP TABLE absences;
ALTER TABLE ticket_routes DROP COLUMN shared;
ALTER TABLE officers DROP COLUMN skills;
ALTER TABLE queues DROP COLUMN share;
