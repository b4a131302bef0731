-- statements: 4
CREATE TABLE log (at TEXT, text TEXT); -- made on another system
CREATE TRIGGER log_at AFTER INSERT ON log
BEGIN
    UPDATE log SET at = datetime('now') WHERE rowid = NEW.rowid;
END;
INSERT INTO log (text) VALUES ('two
lines; one string');
SELECT 1
