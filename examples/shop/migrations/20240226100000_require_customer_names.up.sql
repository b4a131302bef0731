-- Second half of the split: the new columns become required and full_name goes. SQLite adds no NOT
-- NULL to a column that exists, so the table is built anew beside the old one. The view reads
-- full_name and is in the way of the rename; it comes back with the same columns.
PRAGMA foreign_keys=OFF;

DROP VIEW customer_overview;

CREATE TABLE customers_new (
    id          INTEGER PRIMARY KEY,
    email       TEXT NOT NULL CHECK (email LIKE '%_@_%'),
    given_name  TEXT NOT NULL CHECK (given_name <> ''),
    family_name TEXT NOT NULL,
    created_at  TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);

INSERT INTO customers_new (id, email, given_name, family_name, created_at)
SELECT id, email, given_name, family_name, created_at FROM customers;

DROP TABLE customers;
ALTER TABLE customers_new RENAME TO customers;

CREATE UNIQUE INDEX customers_email ON customers (lower(email));
CREATE INDEX customers_family_name ON customers (family_name COLLATE NOCASE);

CREATE VIEW customer_overview AS
SELECT customers.id,
       rtrim(customers.given_name || ' ' || customers.family_name) AS full_name,
       customers.email,
       count(orders.id) AS orders,
       coalesce(sum(CASE WHEN orders.status <> 'cancelled' THEN orders.total_cents END), 0)
           AS spent_cents,
       max(orders.placed_at) AS last_order_at
FROM customers
LEFT JOIN orders ON orders.customer_id = customers.id
GROUP BY customers.id;

PRAGMA foreign_keys=ON;
