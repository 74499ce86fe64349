-- +goose Up

-- How reported problems fared, as everybody may read it (SVC-5, SEED-20): written anew each night, and of no fewer than five
-- problems together. What is told of fewer is not here, so no page can show it.
CREATE TABLE published_problems (
  agency_id       bigint NOT NULL REFERENCES agencies,
  month           date NOT NULL CHECK (extract(day FROM month) = 1), -- in which they were filed
  service         text NOT NULL,
  kind            text NOT NULL, -- '*': several kinds together
  filed           int NOT NULL CHECK (filed >= 5),
  reports         int NOT NULL,
  open            int NOT NULL,
  ended_otherwise int NOT NULL,
  claimed         int NOT NULL,
  confirmed       int NOT NULL,
  unconfirmed     int NOT NULL,
  reopened        int NOT NULL,
  to_claim        jsonb NOT NULL, -- how many were claimed after so many working days, by the days
  to_confirmation jsonb NOT NULL,
  at              timestamptz NOT NULL, -- as it stood then
  PRIMARY KEY (agency_id, month, service, kind)
);
ALTER TABLE published_problems ENABLE ROW LEVEL SECURITY;
ALTER TABLE published_problems FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON published_problems USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id));

-- +goose Down
DROP TABLE published_problems;
