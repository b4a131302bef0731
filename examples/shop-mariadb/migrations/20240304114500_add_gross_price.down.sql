ALTER TABLE products DROP KEY products_gross, DROP COLUMN gross_cents, DROP COLUMN vat_percent;
