-- +goose Up

-- What an agency looks after is a circle, an outline (several rings, holes), or a list of tambons: the area of a local
-- body is not that of a tambon (LOC-14). An area is ended and never changed, so that a case can always show the map by
-- which it came to its agency.
-- +goose StatementBegin
CREATE FUNCTION area_bounds(rings polygon[], lat double precision, lon double precision, radius_m double precision) RETURNS box
  LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN radius_m IS NOT NULL THEN
      box(point(lon - radius_m / (111320 * cosd(lat)), lat - radius_m / 111320), point(lon + radius_m / (111320 * cosd(lat)), lat + radius_m / 111320))
    ELSE (SELECT box(point(min((b[1])[0]), min((b[1])[1])), point(max((b[0])[0]), max((b[0])[1]))) FROM (SELECT box(r) AS b FROM unnest(rings) AS u (r)) AS boxes) END
$$;
-- +goose StatementEnd
ALTER TABLE areas
  ALTER COLUMN lat DROP NOT NULL, ALTER COLUMN lon DROP NOT NULL, ALTER COLUMN radius_m DROP NOT NULL,
  ADD COLUMN kind     text NOT NULL DEFAULT 'circle' CHECK (kind IN ('outline', 'tambons', 'circle')),
  ADD COLUMN rings    polygon[] NOT NULL DEFAULT '{}', -- of an outline: a point in an odd number of them is inside
  ADD COLUMN size     double precision NOT NULL DEFAULT 0, -- by which the smallest of a kind is known: square metres, or how many tambons
  ADD COLUMN source   text NOT NULL DEFAULT '', -- who drew it or wrote the list, and when
  ADD COLUMN made_at  timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN ended_at timestamptz,
  ADD COLUMN bounds   box GENERATED ALWAYS AS (area_bounds(rings, lat, lon, radius_m)) STORED,
  ADD COLUMN begins   text GENERATED ALWAYS AS (left(name, 12)) STORED, -- by which a name in an address is found
  ADD CONSTRAINT areas_shape CHECK (CASE kind WHEN 'circle' THEN num_nulls(lat, lon, radius_m) = 0 AND abs(lat) < 89 AND cardinality(rings) = 0
    WHEN 'outline' THEN num_nonnulls(lat, lon, radius_m) = 0 AND cardinality(rings) > 0 ELSE num_nonnulls(lat, lon, radius_m) = 0 AND cardinality(rings) = 0 END);
SELECT set_config('app.agency', 'all', true);
UPDATE areas SET size = pi() * radius_m ^ 2;
CREATE INDEX areas_bounds ON areas USING gist (bounds) WHERE ended_at IS NULL;
CREATE INDEX areas_begins ON areas (begins) WHERE ended_at IS NULL;

CREATE TABLE area_tambons (
  area_id   bigint NOT NULL REFERENCES areas,
  agency_id bigint NOT NULL REFERENCES agencies,
  code      text NOT NULL CHECK (code ~ '^[0-9]{6}$'), -- province, amphoe and tambon (LOC-14)
  name      text NOT NULL DEFAULT '', -- without ตำบล or แขวง
  amphoe    text NOT NULL DEFAULT '',
  province  text NOT NULL DEFAULT '',
  PRIMARY KEY (area_id, code)
);
CREATE INDEX ON area_tambons (code);
CREATE INDEX ON area_tambons (name);
CREATE INDEX ON area_tambons (agency_id);

-- Who looks after which place is a public fact. It is asked of all agencies at once, and only without a guard on what may
-- be read can the index of the outlines be used.
CREATE POLICY look ON areas FOR SELECT USING (true);
ALTER TABLE area_tambons ENABLE ROW LEVEL SECURITY;
ALTER TABLE area_tambons FORCE ROW LEVEL SECURITY;
CREATE POLICY look ON area_tambons FOR SELECT USING (true);
CREATE POLICY scope ON area_tambons USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id));

-- The rules by which an agency sends requests to its queues. A set is never changed; the newest counts.
CREATE TABLE routing_sets (
  agency_id  bigint NOT NULL REFERENCES agencies,
  n          int NOT NULL CHECK (n > 0),
  rules      jsonb NOT NULL,
  officer_id bigint NOT NULL REFERENCES officers,
  why        text NOT NULL CHECK (btrim(why) <> ''),
  at         timestamptz NOT NULL,
  PRIMARY KEY (agency_id, n)
);
CREATE INDEX ON routing_sets (officer_id);

-- Why a ticket came to its agency and queue. Of the answers only the keys of the fields stand here: what they said is with
-- the request, and goes with it.
CREATE TABLE ticket_routes (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id bigint NOT NULL REFERENCES agencies,
  ticket_id bigint NOT NULL REFERENCES tickets,
  queue_id  bigint NOT NULL REFERENCES queues,
  found     text NOT NULL CHECK (found IN ('outline', 'tambon', 'circle', 'name', 'written')), -- how the agency was
  area_id   bigint REFERENCES areas,
  set_n     int NOT NULL DEFAULT 0, -- the set that counted; 0: there was none
  rule      int NOT NULL DEFAULT 0, -- its rule, from 1 on; 0: none fitted
  branch    boolean NOT NULL DEFAULT false, -- the service itself names the queue for such a request (SVC-5)
  fields    text[] NOT NULL DEFAULT '{}', -- keys of the answers that the rule asked
  skipped   text[] NOT NULL DEFAULT '{}', -- rules that could not be carried out, and why
  urgent    boolean NOT NULL DEFAULT false,
  skill     text NOT NULL DEFAULT '',
  at        timestamptz NOT NULL
);
CREATE INDEX ON ticket_routes (ticket_id);
CREATE INDEX ON ticket_routes (agency_id);
CREATE INDEX ON ticket_routes (area_id);
CREATE INDEX ON ticket_routes (queue_id);

-- A changed set, played against the cases of the last year before it may count.
CREATE TABLE routing_trials (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id  bigint NOT NULL REFERENCES agencies,
  officer_id bigint NOT NULL REFERENCES officers,
  base       int NOT NULL, -- the set that counted when it was written; 0: none
  rules      jsonb NOT NULL,
  asked_at   timestamptz NOT NULL,
  done_at    timestamptz,
  result     jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX ON routing_trials (agency_id);
CREATE INDEX ON routing_trials (officer_id);

-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['routing_sets', 'ticket_routes', 'routing_trials'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
  END LOOP;
END
$$;
-- +goose StatementEnd
CREATE POLICY scope ON routing_sets USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id));
CREATE POLICY scope ON routing_trials USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id));
CREATE POLICY scope ON ticket_routes USING (in_scope(agency_id)) WITH CHECK (own_ticket(agency_id, ticket_id));

-- +goose Down
SELECT set_config('app.agency', 'all', true);
DROP TABLE routing_trials, ticket_routes, routing_sets, area_tambons;
DROP POLICY look ON areas;
DELETE FROM areas WHERE kind <> 'circle' OR ended_at IS NOT NULL;
DROP INDEX areas_bounds, areas_begins;
ALTER TABLE areas
  DROP CONSTRAINT areas_shape, DROP COLUMN bounds, DROP COLUMN begins, DROP COLUMN kind, DROP COLUMN rings, DROP COLUMN size, DROP COLUMN source, DROP COLUMN made_at, DROP COLUMN ended_at,
  ALTER COLUMN lat SET NOT NULL, ALTER COLUMN lon SET NOT NULL, ALTER COLUMN radius_m SET NOT NULL;
DROP FUNCTION area_bounds;
