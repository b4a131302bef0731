CREATE TABLE app.order_lines (
    "order"   bigint NOT NULL,
    placed_on date NOT NULL,
    line      smallint NOT NULL CHECK (line > 0),
    listing   integer NOT NULL REFERENCES app."Listings",
    amount    numeric(12, 2) NOT NULL,
    PRIMARY KEY ("order", line),
    FOREIGN KEY ("order", placed_on) REFERENCES app.orders (id, placed_on) ON DELETE CASCADE
);

CREATE FUNCTION app.sum_lines() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    note text := $$it's; fine$$;
BEGIN
    UPDATE app.orders SET total = coalesce(total, 0) + added
    FROM (SELECT "order", placed_on, sum(amount) AS added FROM fresh GROUP BY 1, 2) AS sums
    WHERE orders.id = sums."order" AND orders.placed_on = sums.placed_on;
    RETURN NULL;
END;
$body$;

CREATE TRIGGER sum_lines AFTER INSERT ON app.order_lines
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION app.sum_lines();
