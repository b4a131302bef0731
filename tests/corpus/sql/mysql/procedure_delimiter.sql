-- statements: 4
DELIMITER //
CREATE PROCEDURE raise_prices(IN percent INT)
BEGIN
    UPDATE product SET price = price * (1 + percent / 100);
    SELECT ROW_COUNT();
END //
SELECT 'a//b' //
# a comment with // in it
CREATE FUNCTION half(x INT) RETURNS INT DETERMINISTIC
BEGIN
    RETURN x / 2;
END//
DELIMITER ;
CALL raise_prices(5);
