DROP TRIGGER orders_return_stock;
DROP TRIGGER order_items_change_stock;
DROP TRIGGER order_items_take_stock;
