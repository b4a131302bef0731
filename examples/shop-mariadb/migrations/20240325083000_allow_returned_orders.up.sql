ALTER TABLE orders MODIFY COLUMN
    status ENUM ('open', 'paid', 'shipped', 'cancelled', 'returned') NOT NULL DEFAULT 'open';

UPDATE orders SET status = 'returned' WHERE status = 'cancelled' AND placed_at < '2023-12-05';
