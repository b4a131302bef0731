-- statements: 3
CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL, changed TEXT);
CREATE TRIGGER account_changed AFTER UPDATE ON account
BEGIN
    UPDATE account SET changed = datetime('now') WHERE id = NEW.id;
END;
INSERT INTO account VALUES (1, 100, NULL);
