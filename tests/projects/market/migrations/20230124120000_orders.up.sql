CREATE SEQUENCE app.order_numbers START 1000;

CREATE TABLE app.orders (
    id        bigint NOT NULL DEFAULT nextval('app.order_numbers'),
    member    bigint NOT NULL REFERENCES app.members,
    placed_on date NOT NULL,
    total     numeric(12, 2),
    PRIMARY KEY (id, placed_on)
) PARTITION BY RANGE (placed_on);
ALTER SEQUENCE app.order_numbers OWNED BY app.orders.id;

-- A partition for each quarter of two years.
DO $$
DECLARE
    first date;
BEGIN
    FOR first IN SELECT generate_series('2022-01-01'::date, '2023-10-01'::date, '3 months') LOOP
        EXECUTE format('CREATE TABLE app.%I PARTITION OF app.orders FOR VALUES FROM (%L) TO (%L)',
                       to_char(first, '"orders_"YYYY"_q"Q'), first, first + interval '3 months');
    END LOOP;
END;
$$;
CREATE INDEX orders_member ON app.orders (member, placed_on DESC);
