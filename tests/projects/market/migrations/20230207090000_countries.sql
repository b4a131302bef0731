-- wend:up
CREATE TABLE app.countries (
    code char(2) PRIMARY KEY,
    name text NOT NULL,
    note text
);
COPY app.countries (code, name, note) FROM stdin;
AT	Österreich	\N
DE	Deutschland	a tab\there; a backslash \\ there
FR	France	DROP TABLE app.countries; -- is only text
\.
COPY app.countries FROM stdin WITH (FORMAT csv, HEADER);
code,name,note
IE,Ireland,"two
lines, one; row"
SE,Sverige,
\.
ALTER TABLE app.tenants ADD COLUMN country char(2) REFERENCES app.countries;

-- wend:down
ALTER TABLE app.tenants DROP COLUMN country;
DROP TABLE app.countries;
