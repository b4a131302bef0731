DROP TRIGGER order_items_total_update;
DROP TRIGGER order_items_total_delete;
DROP TRIGGER order_items_total_insert;
ALTER TABLE orders DROP COLUMN total_cents;
