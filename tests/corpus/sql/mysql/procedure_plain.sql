-- statements: 2
CREATE PROCEDURE fill(IN n INT)
    COMMENT 'fills; the table'
    MODIFIES SQL DATA
BEGIN
    DECLARE i INT DEFAULT 0;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        ROLLBACK;
        RESIGNAL;
    END;
    START TRANSACTION;
    WHILE i < n DO
        INSERT INTO number VALUES (i);
        SET i = i + 1;
    END WHILE;
    COMMIT;
END;
CALL fill(10);
