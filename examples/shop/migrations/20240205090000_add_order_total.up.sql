-- The order list joined and summed the lines of every order on every page view.
ALTER TABLE orders ADD COLUMN total_cents INTEGER NOT NULL DEFAULT 0;

UPDATE orders
SET total_cents = coalesce((
    SELECT sum(quantity * unit_price_cents) FROM order_items WHERE order_id = orders.id
), 0);

CREATE TRIGGER order_items_total_insert
AFTER INSERT ON order_items
BEGIN
    UPDATE orders SET total_cents = total_cents + NEW.quantity * NEW.unit_price_cents
    WHERE id = NEW.order_id;
END;

CREATE TRIGGER order_items_total_delete
AFTER DELETE ON order_items
BEGIN
    UPDATE orders SET total_cents = total_cents - OLD.quantity * OLD.unit_price_cents
    WHERE id = OLD.order_id;
END;

CREATE TRIGGER order_items_total_update
AFTER UPDATE OF quantity, unit_price_cents ON order_items
BEGIN
    UPDATE orders
    SET total_cents = CASE
        WHEN status = 'cancelled' THEN total_cents
        ELSE total_cents - OLD.quantity * OLD.unit_price_cents
                         + NEW.quantity * NEW.unit_price_cents
    END
    WHERE id = NEW.order_id;
END;
