DROP TRIGGER order_items_take_stock;
