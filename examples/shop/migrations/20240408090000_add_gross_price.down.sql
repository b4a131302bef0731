DROP INDEX products_gross;
ALTER TABLE products DROP COLUMN gross_cents;
ALTER TABLE products DROP COLUMN vat_percent;
