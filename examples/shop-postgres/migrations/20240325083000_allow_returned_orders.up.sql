-- A new value can be used only when it is committed; wend commits behind it.
ALTER TYPE order_status ADD VALUE IF NOT EXISTS 'returned' AFTER 'shipped';

UPDATE orders SET status = 'returned'
WHERE status = 'cancelled' AND placed_at < '2023-12-05';
