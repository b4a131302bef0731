-- statements: 9
-- The twelve steps: a table is made anew, since ALTER TABLE cannot drop the constraint.
PRAGMA foreign_keys = OFF;
BEGIN;
CREATE TABLE new_orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    customer TEXT NOT NULL,
    total NUMERIC NOT NULL DEFAULT (0),
    state TEXT GENERATED ALWAYS AS (CASE WHEN total > 0 THEN 'open' ELSE 'empty' END) STORED
);
INSERT INTO new_orders (id, customer, total)
    SELECT id, customer, coalesce(total, 0) FROM orders;
DROP TABLE orders;
ALTER TABLE new_orders RENAME TO orders;
PRAGMA foreign_key_check;
END;
PRAGMA foreign_keys = ON;
