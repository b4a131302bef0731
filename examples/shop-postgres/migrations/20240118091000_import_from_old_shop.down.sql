-- What was ordered before the shop moved.
DELETE FROM orders WHERE placed_at < '2024-01-18';
DELETE FROM customers WHERE created_at < '2024-01-18';
