-- What the customer sees. The rate is a column because notebooks will be books one day.
ALTER TABLE products
    ADD COLUMN vat_percent integer NOT NULL DEFAULT 19 CHECK (vat_percent BETWEEN 0 AND 30),
    ADD COLUMN gross_cents integer
        GENERATED ALWAYS AS ((price_cents * (100 + vat_percent) + 50) / 100) STORED;
