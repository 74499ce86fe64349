-- +goose Up

-- People look for an agency by its name, its place or its province, among some 8,000. The province is what the
-- address says it is, so nobody writes it twice.
ALTER TABLE agencies
  ADD COLUMN province text NOT NULL GENERATED ALWAYS AS (
    CASE WHEN address ~ 'กรุงเทพ|กทม' THEN 'กรุงเทพมหานคร'
    ELSE coalesce(substring(address from '(?:จังหวัด|จ\.)[[:space:]]*([^[:space:]0-9,()]+)'), '') END) STORED,
  ADD COLUMN search text NOT NULL GENERATED ALWAYS AS (lower(name || ' ' || code || ' ' || kind || ' ' || address)) STORED;
CREATE INDEX agencies_search ON agencies USING gin (search gin_trgm_ops);
CREATE INDEX agencies_name ON agencies (name COLLATE "th-x-icu", id);
CREATE INDEX agencies_province ON agencies (province, name COLLATE "th-x-icu", id);

-- +goose Down
DROP INDEX agencies_search, agencies_name, agencies_province;
ALTER TABLE agencies DROP COLUMN province, DROP COLUMN search;
