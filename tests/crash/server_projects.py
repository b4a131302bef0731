# SPDX-License-Identifier: MIT
"""The migrations that are killed on servers: everything that cannot run in a transaction, beside what
can, in the same files. Each is (name, up, down); `rows` scales what takes time. What a server is too old
for is left out."""
import os


def postgres(rows, major):
    concurrently = " CONCURRENTLY" if major >= 14 else ""
    return [
        ("001_customers", f"""CREATE TABLE customers (id integer PRIMARY KEY, email text NOT NULL,
    state text NOT NULL DEFAULT 'new', note text);
INSERT INTO customers (id, email) SELECT i, 'c' || i || '@example.org' FROM generate_series(1, {rows}) i;
""", "DROP TABLE customers;\n"),
        ("002_email_index", "CREATE UNIQUE INDEX CONCURRENTLY customers_email ON customers (email);\n",
         "DROP INDEX CONCURRENTLY customers_email;\n"),
        ("003_mood", """CREATE TYPE mood AS ENUM ('good', 'bad');
ALTER TYPE mood ADD VALUE 'fair' BEFORE 'bad';
CREATE TABLE moods (id integer PRIMARY KEY, mood mood NOT NULL DEFAULT 'fair');
INSERT INTO moods SELECT i, 'fair' FROM generate_series(1, 50) i;
""", "DROP TABLE moods;\nDROP TYPE mood;\n"),
        ("004_mixed", f"""CREATE TABLE orders (id integer PRIMARY KEY, customer integer NOT NULL,
    total integer NOT NULL);
INSERT INTO orders SELECT i, 1 + i % {rows}, i % 97 FROM generate_series(1, {rows}) i;
CREATE INDEX CONCURRENTLY orders_customer ON orders (customer);
INSERT INTO orders VALUES (0, 1, 5);
CREATE INDEX CONCURRENTLY ON orders (total);
VACUUM orders;
UPDATE orders SET total = total + 1 WHERE id % 3 = 0;
""", """DROP INDEX CONCURRENTLY orders_customer;
DELETE FROM orders WHERE id = 0;
DROP TABLE orders;
"""),
        ("005_rewrite", """ALTER TABLE orders ALTER COLUMN total TYPE bigint;
ALTER TABLE orders ADD COLUMN placed timestamptz NOT NULL DEFAULT '2024-01-01';
""", "ALTER TABLE orders DROP COLUMN placed;\nALTER TABLE orders ALTER COLUMN total TYPE integer;\n"),
        ("006_batch", """-- wend: batch size=500
UPDATE customers SET state = 'old' WHERE id IN (SELECT id FROM customers WHERE state = 'new' ORDER BY id LIMIT :size);
CREATE TABLE after_batch (x integer);
""", """DROP TABLE after_batch;
-- wend: batch size=900
UPDATE customers SET state = 'new' WHERE id IN (SELECT id FROM customers WHERE state = 'old' ORDER BY id LIMIT :size);
"""),
        ("007_function", """CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    NEW.note := 'seen; ' || coalesce(NEW.note, '');
    RETURN NEW;
END $body$;
CREATE TRIGGER touch BEFORE UPDATE OF email ON customers FOR EACH ROW EXECUTE FUNCTION touch();
UPDATE customers SET email = email WHERE id <= 100;
""", """DROP TRIGGER touch ON customers;
DROP FUNCTION touch();
UPDATE customers SET note = NULL;
"""),
        ("008_copy", """SET search_path = public;
COPY moods (id, mood) FROM stdin;
101\tgood
102\tbad
\\.
RESET search_path;
""", "DELETE FROM moods WHERE id > 100;\n"),
        ("009_parts", """CREATE TABLE events (id integer NOT NULL, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
INSERT INTO events SELECT i, date '2024-01-01' + i % 50 FROM generate_series(1, 500) i;
""", "DROP TABLE events;\n"),
        ("010_detach", f"ALTER TABLE events DETACH PARTITION events_1{concurrently};\n",
         "ALTER TABLE events ATTACH PARTITION events_1 FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');\n"),
        ("011_own_transactions", """BEGIN;
CREATE TABLE one (x integer);
INSERT INTO one VALUES (1);
COMMIT;
VACUUM one;
BEGIN;
INSERT INTO one VALUES (2);
COMMIT;
""", "DROP TABLE one;\n"),
        ("012_none", """-- wend: transaction none
CREATE TABLE slow_one (x integer);
CREATE TABLE slow_two (x integer);
INSERT INTO slow_two VALUES (1);
REINDEX INDEX CONCURRENTLY orders_customer;
INSERT INTO slow_two VALUES (2);
""", "DROP TABLE slow_two;\nDROP TABLE slow_one;\n"),
        ("013_drop_index", """DROP INDEX CONCURRENTLY customers_email;
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS customers_email2 ON customers (lower(email));
""", """DROP INDEX CONCURRENTLY customers_email2;
CREATE UNIQUE INDEX CONCURRENTLY customers_email ON customers (email);
"""),
        ("R__views", "CREATE OR REPLACE VIEW spent AS SELECT customer, sum(total) AS spent FROM orders GROUP BY 1;\n",
         "DROP VIEW spent;\n"),
    ]


def pooled(rows, major):
    """What runs behind a transaction pooler, too: nothing of it commits by itself."""
    names = ("001_customers", "003_mood", "006_batch", "007_function", "008_copy", "009_parts")
    return [one for one in postgres(rows, major) if one[0] in names]


def galera(rows):
    """A sequence counts on each node by itself there, which needs this word."""
    return [(name, up.replace("SEQUENCE tickets", "SEQUENCE tickets INCREMENT BY 0"), down)
            for name, up, down in mysql(rows, True)]


def mysql(rows, mariadb):
    create_sequence, drop_sequence = ("CREATE SEQUENCE tickets START WITH 5;\n",
                                      "DROP SEQUENCE tickets;\n") if mariadb else ("", "")
    return [
        ("001_numbers", """CREATE TABLE digits (d INT PRIMARY KEY);
INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
""", "DROP TABLE digits;\n"),
        ("002_customers", f"""CREATE TABLE customers (id INT PRIMARY KEY, email VARCHAR(100) NOT NULL,
    state VARCHAR(10) NOT NULL DEFAULT 'new', note TEXT);
INSERT INTO customers (id, email) SELECT n, concat('c', n, '@example.org') FROM (
    SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d AS n FROM digits a, digits b, digits c, digits e) t
    WHERE n <= {rows};
""", "DROP TABLE customers;\n"),
        ("003_index", "CREATE UNIQUE INDEX customers_email ON customers (email);\n",
         "DROP INDEX customers_email ON customers;\n"),
        ("004_mixed", """CREATE TABLE orders (id INT PRIMARY KEY, customer INT NOT NULL, total INT NOT NULL);
INSERT INTO orders SELECT id, id, id % 97 FROM customers;
CREATE INDEX orders_customer ON orders (customer);
INSERT INTO orders VALUES (0, 1, 5);
ALTER TABLE orders ADD COLUMN placed DATE NOT NULL DEFAULT '2024-01-01';
UPDATE orders SET total = total + 1 WHERE id % 3 = 0;
ALTER TABLE orders ADD CONSTRAINT orders_to FOREIGN KEY (customer) REFERENCES customers (id);
""", """ALTER TABLE orders DROP FOREIGN KEY orders_to;
DELETE FROM orders WHERE id = 0;
DROP TABLE orders;
"""),
        ("005_rewrite", """ALTER TABLE orders MODIFY total BIGINT NOT NULL, ALGORITHM=COPY;
ALTER TABLE customers FORCE;
""", "ALTER TABLE orders MODIFY total INT NOT NULL, ALGORITHM=COPY;\n"),
        ("006_batch", """-- wend: batch size=500
UPDATE customers SET state = 'old' WHERE state = 'new' ORDER BY id LIMIT :size;
CREATE TABLE after_batch (x INT);
""", """DROP TABLE after_batch;
-- wend: batch size=900
UPDATE customers SET state = 'new' WHERE state = 'old' ORDER BY id LIMIT :size;
"""),
        ("007_routines", """DELIMITER //
CREATE PROCEDURE settle(IN one INT)
BEGIN
    UPDATE orders SET total = total + 1 WHERE id = one;
    IF one > 3 THEN
        UPDATE orders SET total = total + 2 WHERE id = one;
    END IF;
END //
CREATE TRIGGER orders_seen BEFORE UPDATE ON orders FOR EACH ROW
BEGIN
    SET NEW.placed = '2024-02-02';
END //
DELIMITER ;
UPDATE orders SET total = total WHERE id <= 50;
""", "DROP TRIGGER orders_seen;\nDROP PROCEDURE settle;\nUPDATE orders SET placed = '2024-01-01';\n"),
        ("008_twins", """CREATE TABLE twin_a (x INT);
CREATE TABLE twin_b (x INT);
INSERT INTO twin_a VALUES (1);
INSERT INTO twin_b VALUES (2), (3);
RENAME TABLE twin_a TO twin_c, twin_b TO twin_a, twin_c TO twin_b;
INSERT INTO twin_a VALUES (4);
""", "DROP TABLE twin_a;\nDROP TABLE twin_b;\n"),
        ("009_view", f"""CREATE VIEW big_orders AS SELECT id, total FROM orders WHERE total > 50;
{create_sequence}INSERT INTO digits VALUES (10);
TRUNCATE TABLE twin_b;
""", f"""DELETE FROM digits WHERE d = 10;
{drop_sequence}DROP VIEW big_orders;
"""),
        ("010_none", """-- wend: transaction none
CREATE TABLE slow_one (x INT);
INSERT INTO slow_one VALUES (1);
ALTER TABLE slow_one ADD COLUMN y INT;
INSERT INTO slow_one VALUES (2, 2);
""", "DROP TABLE slow_one;\n"),
        ("011_settings", """SET @old = @@sql_mode, sql_mode = 'ANSI_QUOTES';
CREATE TABLE "quoted" (x VARCHAR(10));
INSERT INTO "quoted" VALUES ('a;b');
SET sql_mode = @old;
""", "DROP TABLE quoted;\n"),
        ("R__views", "CREATE OR REPLACE VIEW spent AS SELECT customer, sum(total) AS spent FROM orders GROUP BY 1;\n",
         "DROP VIEW spent;\n"),
    ]


def write(folder, migrations):
    os.makedirs(folder)
    for name, up, down in migrations:
        with open(os.path.join(folder, name + ".sql"), "w", encoding="utf-8") as file:
            file.write(f"-- wend:up\n{up}\n-- wend:down\n{down}")
