-- +goose Up

-- The working hours of a week, several periods a day: 'mon-fri 08:30-12:00 13:00-16:30, sat 09:00-12:00' (LOC-3). Periods
-- are half open: their end is outside (EGA-10.2).
ALTER TABLE agencies ADD COLUMN hours text NOT NULL DEFAULT 'mon-fri 08:30-16:30'
  CHECK (hours ~ '^([a-z]{3}(-[a-z]{3})?( [0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9])+(, |$))+$');
SELECT set_config('app.agency', 'all', true);
UPDATE agencies SET hours = 'mon-fri ' || left(opens_at::text, 5) || '-' || left(closes_at::text, 5);

-- The release before still reads these two; they follow from the hours and nobody writes them.
ALTER TABLE agencies DROP COLUMN opens_at, DROP COLUMN closes_at;
ALTER TABLE agencies
  ADD COLUMN opens_at time NOT NULL GENERATED ALWAYS AS (make_time(substring(hours from '([0-9]{2}):')::int, substring(hours from ':([0-9]{2})')::int, 0)) STORED,
  ADD COLUMN closes_at time NOT NULL GENERATED ALWAYS AS (make_time(substring(hours from '([0-9]{2}):[0-9]{2}$')::int, substring(hours from '([0-9]{2})$')::int, 0)) STORED;

-- Days that are otherwise than the week, each as it was announced. A day is never changed or taken away: it is withdrawn,
-- and what is true instead is a row of its own (LOC-4).
ALTER TABLE holidays
  ADD COLUMN kind         text NOT NULL DEFAULT 'holiday' CHECK (kind IN ('holiday', 'substitution', 'special', 'closure', 'half', 'working')),
  ADD COLUMN hours        text NOT NULL DEFAULT '' CHECK (hours ~ '^(|[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]( [0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9])*)$'),
  ADD COLUMN provinces    text[] NOT NULL DEFAULT '{}', -- of the nation's: only there; empty: everywhere
  ADD COLUMN announced_at date,
  ADD COLUMN unconfirmed  boolean NOT NULL DEFAULT false, -- shown, and not counted
  ADD COLUMN recorded_at  timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN withdrawn_at timestamptz,
  ADD CONSTRAINT holidays_hours CHECK (CASE kind WHEN 'half' THEN hours <> '' WHEN 'working' THEN true ELSE hours = '' END),
  ADD CONSTRAINT holidays_nation CHECK (agency_id IS NULL OR provinces = '{}' AND NOT unconfirmed);
ALTER TABLE holidays DROP CONSTRAINT holidays_agency_id_on_date_key;
CREATE UNIQUE INDEX holidays_standing ON holidays (agency_id, on_date, provinces) NULLS NOT DISTINCT WHERE withdrawn_at IS NULL;

-- +goose Down
SELECT set_config('app.agency', 'all', true);
DELETE FROM holidays WHERE withdrawn_at IS NOT NULL OR unconfirmed OR kind IN ('half', 'working') OR provinces <> '{}';
DROP INDEX holidays_standing;
ALTER TABLE holidays ADD CONSTRAINT holidays_agency_id_on_date_key UNIQUE NULLS NOT DISTINCT (agency_id, on_date);
ALTER TABLE holidays DROP CONSTRAINT holidays_hours, DROP CONSTRAINT holidays_nation, DROP COLUMN kind, DROP COLUMN hours, DROP COLUMN provinces,
  DROP COLUMN announced_at, DROP COLUMN unconfirmed, DROP COLUMN recorded_at, DROP COLUMN withdrawn_at;
ALTER TABLE agencies DROP COLUMN opens_at, DROP COLUMN closes_at;
ALTER TABLE agencies ADD COLUMN opens_at time NOT NULL DEFAULT '08:30', ADD COLUMN closes_at time NOT NULL DEFAULT '16:30';
UPDATE agencies SET opens_at = substring(hours from '[0-9]{2}:[0-9]{2}')::time, closes_at = substring(hours from '[0-9]{2}:[0-9]{2}$')::time;
ALTER TABLE agencies DROP COLUMN hours;
