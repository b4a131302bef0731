-- wend:up
CREATE TABLE notes (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES accounts (id),
    body TEXT NOT NULL
);

-- wend:down
DROP TABLE notes;
