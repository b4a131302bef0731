-- statements: 3
CREATE TABLE log (text TEXT); -- made on another system
DELIMITER $$
CREATE PROCEDURE p()
BEGIN
    SELECT 1;
END$$
DELIMITER ;
# hash; comment
SELECT 'two
lines;';
