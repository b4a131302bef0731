-- statements: 3
CREATE TABLE item (id INTEGER PRIMARY KEY, kind TEXT, weight REAL, class TEXT);

CREATE TRIGGER IF NOT EXISTS item_class AFTER INSERT ON item FOR EACH ROW
WHEN NEW.class IS NULL
BEGIN
    UPDATE item
       SET class = CASE
                       WHEN NEW.weight < 1 THEN 'light'
                       WHEN NEW.weight < 10 THEN CASE NEW.kind WHEN 'parcel' THEN 'box' ELSE 'bag' END
                       ELSE 'heavy'
                   END
     WHERE id = NEW.id;
    SELECT CASE WHEN NEW.weight > 1000 THEN RAISE(ABORT, 'too heavy; split it') END;
END;

CREATE VIEW item_classes AS SELECT class, count(*) AS items FROM item GROUP BY class;
