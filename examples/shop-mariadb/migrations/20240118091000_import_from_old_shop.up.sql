-- The accounts of the old shop, those with a name we know and the many without, and their orders. Its
-- numbers start at 1001 here, so that none meets a number of ours.
INSERT INTO customers (id, email, full_name, country, created_at) VALUES
    (1001, 'ada@example.com', 'Ada Lovelace', 'GB', '2023-11-02 08:12:00'),
    (1002, 'Grace.Hopper@example.com', 'Grace Brewster Hopper', 'DE', '2023-11-20 17:45:10'),
    (1003, 'm.o\'neil@example.com', 'Maeve O\'Neil', 'IE', '2023-12-01 11:00:00'),
    (1004, 'zoe@example.com', 'Zoë Ångström', 'SE', '2024-01-09 21:05:33');

INSERT INTO customers (id, email, full_name, created_at)
SELECT 1004 + seq, CONCAT('guest', seq, '@old-shop.example'), CONCAT('Guest ', seq),
       '2023-06-01' + INTERVAL seq HOUR
FROM seq_1_to_996;

INSERT INTO orders (id, customer_id, status, placed_at)
SELECT 1000 + seq, 1001 + seq MOD 1000, ELT(1 + seq MOD 4, 'shipped', 'shipped', 'paid', 'cancelled'),
       '2023-12-01' + INTERVAL seq MOD 1100 HOUR
FROM seq_1_to_3000;

INSERT INTO order_items (order_id, product_id, quantity, unit_price_cents)
SELECT orders.id, products.id, 1 + orders.id MOD 3, products.price_cents
FROM orders
JOIN products ON (orders.id + 3 * products.id) MOD 4 = 0
WHERE orders.id > 1000;
