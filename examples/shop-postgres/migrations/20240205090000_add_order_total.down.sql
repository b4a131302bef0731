DROP TRIGGER order_items_sum ON order_items;
DROP FUNCTION sum_order();
ALTER TABLE orders DROP COLUMN total_cents;
