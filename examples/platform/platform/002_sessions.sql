-- wend:up
CREATE TABLE sessions (
    token VARCHAR(64) PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES accounts (id),
    expires_at TIMESTAMP NOT NULL
);
CREATE INDEX sessions_by_account ON sessions (account);

-- wend:down
DROP TABLE sessions;
