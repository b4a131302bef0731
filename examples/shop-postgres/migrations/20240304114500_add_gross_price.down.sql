ALTER TABLE products DROP COLUMN gross_cents, DROP COLUMN vat_percent;
