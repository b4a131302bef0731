SET search_path TO app, public;
ALTER TABLE orders DROP COLUMN net;
ALTER TABLE orders RENAME COLUMN gross TO total;
CREATE OR REPLACE FUNCTION sum_lines() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    note text := $$it's; fine$$;
BEGIN
    UPDATE app.orders SET total = coalesce(total, 0) + added
    FROM (SELECT "order", placed_on, sum(amount) AS added FROM fresh GROUP BY 1, 2) AS sums
    WHERE orders.id = sums."order" AND orders.placed_on = sums.placed_on;
    RETURN NULL;
END;
$body$;
