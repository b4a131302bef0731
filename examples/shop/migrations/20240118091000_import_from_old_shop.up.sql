-- The accounts and orders of the old shop's last week. Its numbers start at 1001 here, so that none
-- meets a number of ours.
INSERT INTO customers (id, email, full_name, created_at) VALUES
    (1001, 'ada@example.com', 'Ada Lovelace', '2023-11-02 08:12:00'),
    (1002, 'Grace.Hopper@example.com', 'Grace Brewster Hopper', '2023-11-20 17:45:10'),
    (1003, 'm.o''neil@example.com', 'Maeve O''Neil', '2023-12-01 11:00:00'),
    (1004, 'teller@example.com', 'Teller', '2023-12-24 09:30:00'),
    (1005, 'zoe@example.com', 'Zoë Ångström', '2024-01-09 21:05:33');

INSERT INTO addresses (id, customer_id, kind, street, postcode, city, country, is_default) VALUES
    (1001, 1001, 'shipping', '12 St James''s Square', 'SW1Y 4JH', 'London', 'GB', 1),
    (1002, 1001, 'billing', '12 St James''s Square', 'SW1Y 4JH', 'London', 'GB', 1),
    (1003, 1002, 'shipping', 'Hafenstr. 7', '20359', 'Hamburg', 'DE', 1),
    (1004, 1002, 'shipping', 'c/o Navy; Pier 3', '24105', 'Kiel', 'DE', 0),
    (1005, 1003, 'shipping', '4 Quay Street', 'H91 E4K0', 'Galway', 'IE', 1),
    (1006, 1005, 'shipping', 'Kungsgatan 44', '753 21', 'Uppsala', 'SE', 1);

INSERT INTO orders (id, customer_id, address_id, status, placed_at, note) VALUES
    (1001, 1001, 1001, 'shipped', '2024-01-11 10:00:00', NULL),
    (1002, 1002, 1003, 'shipped', '2024-01-12 12:30:00', 'Ring twice.'),
    (1003, 1002, 1004, 'paid', '2024-01-16 18:20:00', NULL),
    (1004, 1003, 1005, 'open', '2024-01-17 07:55:00', NULL),
    (1005, 1005, 1006, 'cancelled', '2024-01-17 09:00:00', 'Ordered by mistake');

INSERT INTO order_items (order_id, product_id, quantity, unit_price_cents) VALUES
    (1001, 1, 1, 2490),
    (1001, 6, 3, 1690),
    (1002, 2, 1, 8900),
    (1003, 4, 1, 11900),
    (1003, 5, 2, 3250),
    (1004, 7, 10, 890),
    (1004, 8, 1, 4900),
    (1005, 3, 1, 6450);
