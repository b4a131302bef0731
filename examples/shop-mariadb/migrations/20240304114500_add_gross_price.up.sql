-- What the customer sees. The rate is a column because notebooks will be books one day.
ALTER TABLE products
    ADD COLUMN vat_percent TINYINT UNSIGNED NOT NULL DEFAULT 19 CHECK (vat_percent <= 30),
    ADD COLUMN gross_cents INT UNSIGNED
        AS ((price_cents * (100 + vat_percent) + 50) DIV 100) PERSISTENT,
    ADD KEY products_gross (gross_cents);
