-- Stock follows the order lines. What was imported before had left the shelf already, so nothing is
-- counted again here.
CREATE TRIGGER order_items_take_stock
BEFORE INSERT ON order_items
BEGIN
    SELECT CASE
        WHEN (SELECT active FROM products WHERE id = NEW.product_id) = 0
            THEN RAISE(ABORT, 'product is no longer sold')
        WHEN (SELECT stock FROM products WHERE id = NEW.product_id) < NEW.quantity
            THEN RAISE(ABORT, 'not enough in stock; order less')
    END;
    UPDATE products SET stock = stock - NEW.quantity WHERE id = NEW.product_id;
END;

CREATE TRIGGER order_items_change_stock
AFTER UPDATE OF quantity ON order_items
WHEN NEW.quantity <> OLD.quantity
BEGIN
    UPDATE products SET stock = stock + OLD.quantity - NEW.quantity WHERE id = NEW.product_id;
END;

-- A cancelled order gives everything back; one that is opened again takes it again.
CREATE TRIGGER orders_return_stock
AFTER UPDATE OF status ON orders
WHEN (OLD.status = 'cancelled') <> (NEW.status = 'cancelled')
BEGIN
    UPDATE products
    SET stock = stock + (
        SELECT CASE NEW.status WHEN 'cancelled' THEN quantity ELSE -quantity END
        FROM order_items
        WHERE order_id = NEW.id AND product_id = products.id
    )
    WHERE id IN (SELECT product_id FROM order_items WHERE order_id = NEW.id);
END;
