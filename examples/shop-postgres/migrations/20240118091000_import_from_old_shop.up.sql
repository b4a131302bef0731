-- The accounts of the old shop, those with a name we know and the many without, and their orders.
INSERT INTO customers (email, full_name, country, created_at) VALUES
    ('ada@example.com', 'Ada Lovelace', 'GB', '2023-11-02 08:12:00+00'),
    ('Grace.Hopper@example.com', 'Grace Brewster Hopper', 'DE', '2023-11-20 17:45:10+00'),
    ('m.o''neil@example.com', 'Maeve O''Neil', 'IE', '2023-12-01 11:00:00+00'),
    ('zoe@example.com', E'Zo\u00eb \u00c5ngstr\u00f6m', 'SE', '2024-01-09 21:05:33+00');

INSERT INTO customers (email, full_name, created_at)
SELECT format('guest%s@old-shop.example', n), format('Guest %s', n), '2023-06-01'::timestamptz + n * interval '1 hour'
FROM generate_series(1, 996) AS n;

INSERT INTO orders (customer_id, status, placed_at)
SELECT customers.id,
       (ARRAY['shipped', 'shipped', 'paid', 'cancelled']::order_status[])[1 + (customers.id + n) % 4],
       '2023-12-01'::timestamptz + (customers.id % 45) * interval '1 day' + n * interval '1 hour'
FROM customers, generate_series(1, 3) AS n;

INSERT INTO order_items (order_id, product_id, quantity, unit_price_cents)
SELECT orders.id, products.id, 1 + orders.id % 3, products.price_cents
FROM orders
JOIN products ON (orders.id + products.id) % 4 = 0;
