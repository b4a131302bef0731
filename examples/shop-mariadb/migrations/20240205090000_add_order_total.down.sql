DROP TRIGGER order_items_sum_delete;
DROP TRIGGER order_items_sum_update;
DROP TRIGGER order_items_sum_insert;
DROP PROCEDURE sum_order;
ALTER TABLE orders DROP COLUMN total_cents;
