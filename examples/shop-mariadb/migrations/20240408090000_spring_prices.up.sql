-- A procedure for the office, and its first use: everything for coffee is a tenth cheaper.
DELIMITER //

CREATE PROCEDURE change_prices(IN skus VARCHAR(40), IN percent INT)
MODIFIES SQL DATA
BEGIN
    DECLARE changed INT;
    UPDATE products SET price_cents = ROUND(price_cents * (100 + percent) / 100) WHERE sku LIKE skus;
    SET changed = ROW_COUNT();
    IF changed = 0 THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'there is no such product';
    END IF;
    UPDATE price_list JOIN products ON products.id = product_id
    SET price_list.price_cents = products.price_cents
    WHERE sku LIKE skus;
END//

DELIMITER ;

CALL change_prices('COF-%', -10);
