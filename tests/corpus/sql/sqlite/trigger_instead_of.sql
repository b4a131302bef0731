-- statements: 6
CREATE TABLE person (id INTEGER PRIMARY KEY, first TEXT, last TEXT);
CREATE VIEW people AS SELECT id, first || ' ' || last AS name FROM person;
CREATE TRIGGER people_insert INSTEAD OF INSERT ON people
BEGIN
    INSERT INTO person (first, last)
    VALUES (substr(NEW.name, 1, instr(NEW.name, ' ') - 1), substr(NEW.name, instr(NEW.name, ' ') + 1));
END;
CREATE TRIGGER people_delete INSTEAD OF DELETE ON people
BEGIN
    DELETE FROM person WHERE id = OLD.id;
END;
INSERT INTO people (name) VALUES ('Ada Lovelace');
DELETE FROM people;
