-- Written by hand in psql, with the names as they are short.
SET search_path TO app, public;
SET LOCAL lock_timeout = '3s';
ALTER TABLE orders RENAME COLUMN total TO gross;
ALTER TABLE orders ADD COLUMN net numeric(12, 2) GENERATED ALWAYS AS (round(gross / 1.19, 2)) STORED;
CREATE OR REPLACE FUNCTION sum_lines() RETURNS trigger LANGUAGE plpgsql AS $_$
BEGIN
    UPDATE app.orders SET gross = coalesce(gross, 0) + added
    FROM (SELECT "order", placed_on, sum(amount) AS added FROM fresh GROUP BY 1, 2) AS sums
    WHERE orders.id = sums."order" AND orders.placed_on = sums.placed_on;
    RETURN NULL;
END;
$_$;
