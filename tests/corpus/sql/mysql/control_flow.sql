-- statements: 2
CREATE DEFINER=`app`@`%` PROCEDURE IF NOT EXISTS walk(INOUT begin INT, OUT message TEXT)
outer_block: BEGIN
    DECLARE done BOOLEAN DEFAULT FALSE;
    DECLARE id INT;
    DECLARE c CURSOR FOR SELECT t.id FROM t WHERE CASE WHEN t.end THEN 1 ELSE 0 END;
    DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = TRUE;
    OPEN c;
    read_loop:LOOP
        FETCH c INTO id;
        IF done THEN
            LEAVE read_loop;
        ELSEIF IF(id > 10, TRUE, FALSE) THEN
            ITERATE read_loop;
        ELSE
            SET message = REPEAT('x;', id);
        END IF;
        CASE id
            WHEN 1 THEN SELECT 'one';
            WHEN 2 THEN BEGIN SELECT 'two'; END;
            ELSE BEGIN END;
        END CASE;
    END LOOP read_loop;
    CLOSE c;
    REPEAT
        SET begin = begin - 1;
    UNTIL CASE WHEN begin < 0 THEN TRUE ELSE FALSE END
    END REPEAT;
    IF EXISTS (SELECT 1 FROM t) THEN DO SLEEP(0); END IF;
    IF NOT EXISTS (SELECT 1 FROM t) THEN DROP TABLE IF EXISTS t; END IF;
END outer_block;
SELECT IF(1, 2, 3), REPEAT('a', 3), CASE 1 WHEN 1 THEN 2 END;
