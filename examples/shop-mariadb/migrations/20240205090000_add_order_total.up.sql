-- wend: phase expand
-- The order list joined and summed the lines of every order on every page view. A definition commits
-- by itself here: wend writes down each before it runs, so that a run that is cut off between these
-- statements goes on with the next one.
ALTER TABLE orders ADD COLUMN total_cents INT UNSIGNED;

DELIMITER //

CREATE PROCEDURE sum_order(IN which INT UNSIGNED)
BEGIN
    UPDATE orders
    SET total_cents = (
        SELECT COALESCE(SUM(quantity * unit_price_cents), 0) FROM order_items WHERE order_id = which
    )
    WHERE id = which;
END//

CREATE TRIGGER order_items_sum_insert AFTER INSERT ON order_items
FOR EACH ROW CALL sum_order(NEW.order_id)//

CREATE TRIGGER order_items_sum_update AFTER UPDATE ON order_items
FOR EACH ROW CALL sum_order(NEW.order_id)//

CREATE TRIGGER order_items_sum_delete AFTER DELETE ON order_items
FOR EACH ROW CALL sum_order(OLD.order_id)//

DELIMITER ;

-- The old orders, a thousand per transaction.
-- wend: batch size=1000
UPDATE orders
SET total_cents = (
    SELECT COALESCE(SUM(quantity * unit_price_cents), 0) FROM order_items WHERE order_id = orders.id
)
WHERE total_cents IS NULL
ORDER BY id
LIMIT :size;

ALTER TABLE orders MODIFY COLUMN total_cents INT UNSIGNED NOT NULL DEFAULT 0;
