UPDATE orders SET status = 'cancelled' WHERE status = 'returned';

ALTER TABLE orders MODIFY COLUMN
    status ENUM ('open', 'paid', 'shipped', 'cancelled') NOT NULL DEFAULT 'open';
