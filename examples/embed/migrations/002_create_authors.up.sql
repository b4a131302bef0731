CREATE TABLE authors (
    id integer PRIMARY KEY,
    name varchar(80) NOT NULL
);
ALTER TABLE notes ADD COLUMN author integer;
