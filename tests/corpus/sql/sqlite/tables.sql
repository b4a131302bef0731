-- statements: 4
CREATE TABLE author (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL CHECK (length(name) > 0), -- never empty; see the form
    born TEXT
);

CREATE TABLE book (
    id INTEGER PRIMARY KEY,
    author_id INTEGER NOT NULL REFERENCES author (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    price REAL DEFAULT 9.99,
    "order" INTEGER /* a reserved word; quoted */
) STRICT;

CREATE UNIQUE INDEX book_title ON book (author_id, title);
CREATE INDEX IF NOT EXISTS book_price ON book (price) WHERE price > 0;
