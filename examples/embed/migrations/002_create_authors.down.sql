ALTER TABLE notes DROP COLUMN author;
DROP TABLE authors;
