-- +goose Up

------------------------------------------------------------------------ payments/

-- Where an agency takes money: its PromptPay account and what to say of its counter. Both stand on every picture to
-- pay by, so they are public. A charge keeps the account it was made with.
CREATE TABLE pay_accounts (
  agency_id  bigint PRIMARY KEY REFERENCES agencies,
  kind       text NOT NULL CHECK (kind IN ('', 'mobile', 'id', 'ewallet', 'biller')), -- '': no PromptPay
  number     text NOT NULL,
  name       text NOT NULL,  -- what the bank's app must show
  counter    text NOT NULL,  -- where and when money is taken by hand
  officer_id bigint NOT NULL REFERENCES officers,
  at         timestamptz NOT NULL,
  CHECK ((kind = '') = (number = ''))
);
CREATE INDEX ON pay_accounts (officer_id);

-- Money that a person owes an agency for a case (เงินที่ต้องชำระ).
CREATE TABLE charges (
  id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id      bigint NOT NULL REFERENCES agencies,
  ticket_id      bigint NOT NULL REFERENCES tickets,
  cause          text NOT NULL,         -- 'decision': why it came; once for each ticket
  number         text NOT NULL UNIQUE,  -- SN-FEE-2569-000001, without gaps in an agency and year
  state          text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'claimed', 'paid', 'waived', 'cancelled', 'lapsed')),
  about          text NOT NULL,         -- what for
  payer          text NOT NULL,         -- who the receipt is made out to
  lines          json NOT NULL,         -- [{"label","satang","whole","law"}]
  satang         bigint NOT NULL CHECK (satang > 0),
  due_on         date,                  -- the last day; null: no law sets one
  law            text NOT NULL DEFAULT '', -- that sets the last day
  account_kind   text NOT NULL DEFAULT '',
  account_number text NOT NULL DEFAULT '',
  account_name   text NOT NULL DEFAULT '',
  counter        text NOT NULL DEFAULT '',
  token          text NOT NULL UNIQUE,  -- of its public page
  slips          int NOT NULL DEFAULT 0,
  why            text NOT NULL DEFAULT '', -- waived, cancelled or prolonged: the reason
  why_law        text NOT NULL DEFAULT '', -- and the law of a waiver
  made_at        timestamptz NOT NULL,
  reminded_at    timestamptz,
  settled_at     timestamptz,           -- paid, waived, cancelled or lapsed
  UNIQUE (ticket_id, cause)
);
CREATE INDEX charges_agency ON charges (agency_id, id);
CREATE INDEX charges_due ON charges (due_on, id) WHERE state = 'due' AND due_on IS NOT NULL;

-- What a person sent as proof of having paid. Whether money came is for an officer to see in the bank's books.
CREATE TABLE slips (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id     bigint NOT NULL REFERENCES agencies,
  charge_id     bigint NOT NULL REFERENCES charges,
  attachment_id bigint NOT NULL REFERENCES attachments,
  seq           int NOT NULL,
  state         text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'taken', 'refused')),
  reason        text NOT NULL DEFAULT '', -- of a refusal, as the person is told
  at            timestamptz NOT NULL,
  officer_id    bigint REFERENCES officers,
  looked_at     timestamptz,
  UNIQUE (charge_id, attachment_id),
  UNIQUE (charge_id, seq)
);
CREATE INDEX ON slips (attachment_id);
CREATE INDEX ON slips (officer_id);

-- The register of receipts (LOC-15, SEED-4). A number is never used again; one that was wrong is cancelled and stays.
CREATE TABLE fee_receipts (
  id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id     bigint NOT NULL REFERENCES agencies,
  charge_id     bigint NOT NULL REFERENCES charges,
  year_be       int NOT NULL,     -- fiscal year: the book
  seq           int NOT NULL,     -- number in the book, without gaps
  satang        bigint NOT NULL CHECK (satang > 0),
  payer         text NOT NULL,
  way           text NOT NULL CHECK (way IN ('promptpay', 'cash', 'transfer')),
  reference     text NOT NULL DEFAULT '',
  paid_at       timestamptz NOT NULL,
  officer_id    bigint NOT NULL REFERENCES officers, -- who took it
  officer_name  text NOT NULL,
  issued_at     timestamptz NOT NULL,
  attachment_id bigint REFERENCES attachments,
  cancelled_at  timestamptz,
  cancelled_by  bigint REFERENCES officers,
  cancelled_why text NOT NULL DEFAULT '',
  UNIQUE (agency_id, year_be, seq),
  CHECK ((cancelled_at IS NULL) = (cancelled_by IS NULL))
);
CREATE UNIQUE INDEX fee_receipts_valid ON fee_receipts (charge_id) WHERE cancelled_at IS NULL;
CREATE INDEX fee_receipts_issued ON fee_receipts (agency_id, issued_at, id);
CREATE INDEX ON fee_receipts (attachment_id);
CREATE INDEX ON fee_receipts (officer_id);
CREATE INDEX ON fee_receipts (cancelled_by);

-- Append-only, like the history of tickets (EGA-15.1).
CREATE TABLE charge_events (
  id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id bigint NOT NULL REFERENCES agencies,
  charge_id bigint NOT NULL REFERENCES charges,
  seq       int NOT NULL,
  at        timestamptz NOT NULL,
  actor     text NOT NULL,
  kind      text NOT NULL,
  detail    json NOT NULL, -- no personal data; json, not jsonb: the hash covers these very bytes
  hash      bytea NOT NULL,
  UNIQUE (charge_id, seq)
);

-- What was paid for a permit stands on it.
ALTER TABLE permits
  ADD COLUMN receipt_no text NOT NULL DEFAULT '',
  ADD COLUMN receipt_on date;

-- Receipts that were drawn for a case belong to it as long as its record is kept. They are not what came with it.
ALTER TABLE ticket_files ADD COLUMN made boolean NOT NULL DEFAULT false;

-- Money is taken by people whose work that is.
ALTER TABLE officers DROP CONSTRAINT officers_role_check;
ALTER TABLE officers ADD CONSTRAINT officers_role_check CHECK (role IN ('officer', 'head', 'viewer', 'cashier'));

------------------------------------------------------------------------ who sees what

-- +goose StatementBegin
CREATE FUNCTION own_charge(agency bigint, charge bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN in_scope_all() OR (in_scope(agency) AND EXISTS (SELECT FROM charges c WHERE c.id = charge AND c.agency_id = agency));
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['pay_accounts', 'charges', 'slips', 'fee_receipts', 'charge_events']
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['slips', 'fee_receipts', 'charge_events']
  LOOP
    EXECUTE format('CREATE POLICY scope ON %I USING (in_scope(agency_id)) WITH CHECK (own_charge(agency_id, charge_id))', t);
  END LOOP;
END
$$;
-- +goose StatementEnd
CREATE POLICY scope ON pay_accounts USING (in_scope(agency_id)) WITH CHECK (in_scope(agency_id));
CREATE POLICY scope ON charges USING (in_scope(agency_id)) WITH CHECK (own_ticket(agency_id, ticket_id));

-- +goose Down
UPDATE officers SET role = 'viewer' WHERE role = 'cashier';
ALTER TABLE officers DROP CONSTRAINT officers_role_check;
ALTER TABLE officers ADD CONSTRAINT officers_role_check CHECK (role IN ('officer', 'head', 'viewer'));
DELETE FROM ticket_files WHERE made;
ALTER TABLE ticket_files DROP COLUMN made;
ALTER TABLE permits DROP COLUMN receipt_no, DROP COLUMN receipt_on;
DROP TABLE charge_events, fee_receipts, slips, charges, pay_accounts;
DROP FUNCTION own_charge;
