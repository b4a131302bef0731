-- What was imported before had left the shelf already, so nothing is counted again here.
DELIMITER //

CREATE TRIGGER order_items_take_stock BEFORE INSERT ON order_items
FOR EACH ROW
BEGIN
    UPDATE products SET stock = stock - NEW.quantity
    WHERE id = NEW.product_id AND stock >= NEW.quantity;
    IF ROW_COUNT() = 0 THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not enough in stock; order less';
    END IF;
END//

DELIMITER ;
