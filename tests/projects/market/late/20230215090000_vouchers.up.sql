-- From a branch that was opened in February.
CREATE TYPE app."Voucher Kind" AS ENUM ('percent', 'amount');
CREATE TABLE app.vouchers (
    code  text PRIMARY KEY CHECK (code = upper(code)),
    kind  app."Voucher Kind" NOT NULL,
    value numeric(8, 2) NOT NULL,
    rules jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX vouchers_rules ON app.vouchers USING gin (rules);
INSERT INTO app.vouchers SELECT 'SPRING' || n, 'percent', n, '{"once": true}' FROM generate_series(1, 20) AS n;
