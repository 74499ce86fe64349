-- +goose Up

-- A replacement or an amended permit stands for another one and keeps its end. Which one that is, the officer says
-- with the decision; one of our own register is of no use any more from the moment the new one is issued.
ALTER TABLE decisions
  ADD COLUMN replaces       text NOT NULL DEFAULT '', -- number of the permit; '': the decision is about none
  ADD COLUMN replaces_until date, -- its last day; null: no end
  ADD CONSTRAINT decisions_replaces_check CHECK (replaces_until IS NULL OR replaces <> '');
ALTER TABLE permits
  ADD COLUMN replaces    text NOT NULL DEFAULT '', -- number of the permit this one stands for, ours or one on paper
  ADD COLUMN replaced_by text NOT NULL DEFAULT '', -- number of the permit that stands for this one
  DROP CONSTRAINT permits_status_check,
  ADD CONSTRAINT permits_status_check CHECK (status IN ('active', 'suspended', 'revoked', 'replaced')),
  ADD CONSTRAINT permits_replaced_check CHECK ((status = 'replaced') = (replaced_by <> ''));
ALTER TABLE permit_events
  DROP CONSTRAINT permit_events_kind_check,
  ADD CONSTRAINT permit_events_kind_check CHECK (kind IN ('issued', 'ready', 'suspended', 'restored', 'revoked', 'replaced'));

-- +goose Down
-- What was replaced must not hold again. The history stays as it is: it only grows.
SELECT set_config('app.agency', 'all', true);
ALTER TABLE permits DROP CONSTRAINT permits_replaced_check, DROP CONSTRAINT permits_status_check;
UPDATE permits SET status = 'revoked', status_reason = 'มีใบแทนหรือฉบับแก้ไขแล้ว เลขที่ ' || replaced_by WHERE status = 'replaced';
ALTER TABLE permits
  ADD CONSTRAINT permits_status_check CHECK (status IN ('active', 'suspended', 'revoked')),
  DROP COLUMN replaces, DROP COLUMN replaced_by;
ALTER TABLE permit_events
  DROP CONSTRAINT permit_events_kind_check,
  ADD CONSTRAINT permit_events_kind_check CHECK (kind IN ('issued', 'ready', 'suspended', 'restored', 'revoked')) NOT VALID;
ALTER TABLE decisions DROP COLUMN replaces, DROP COLUMN replaces_until;
