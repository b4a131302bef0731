-- statements: 12
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE note(id INTEGER PRIMARY KEY, body TEXT);
INSERT INTO note VALUES(1,'first; with a semicolon');
INSERT INTO note VALUES(2,replace('two\nlines; here','\n',char(10)));
INSERT INTO note VALUES(3,'-- not a comment');
INSERT INTO note VALUES(4,'/* nor this');
INSERT INTO note VALUES(5,NULL);
CREATE TRIGGER note_log AFTER INSERT ON note BEGIN INSERT INTO log VALUES (NEW.id); END;
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('note',5);
COMMIT;
