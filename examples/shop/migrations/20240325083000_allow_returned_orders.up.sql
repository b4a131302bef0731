-- An order can come back, and we sell in more than euros now. A CHECK cannot be changed in place, so
-- orders is built anew. Triggers of other tables and the views name orders and stay as they are:
-- legacy_alter_table keeps the rename from reading them while the table is away for a moment.
PRAGMA foreign_keys=OFF;
PRAGMA legacy_alter_table=ON;

CREATE TABLE orders_new (
    id          INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    address_id  INTEGER REFERENCES addresses (id) ON DELETE SET NULL,
    status      TEXT NOT NULL DEFAULT 'open'
                CHECK (status IN ('open', 'paid', 'shipped', 'cancelled', 'returned')),
    placed_at   TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP,
    note        TEXT,
    total_cents INTEGER NOT NULL DEFAULT 0,
    currency    TEXT NOT NULL DEFAULT 'EUR' CHECK (currency IN ('EUR', 'GBP', 'SEK'))
);

INSERT INTO orders_new (id, customer_id, address_id, status, placed_at, note, total_cents)
SELECT id, customer_id, address_id, status, placed_at, note, total_cents FROM orders;

DROP TABLE orders;
ALTER TABLE orders_new RENAME TO orders;

CREATE INDEX orders_customer ON orders (customer_id, placed_at DESC);
CREATE INDEX orders_to_ship ON orders (placed_at) WHERE status IN ('open', 'paid');
CREATE INDEX orders_month ON orders (substr(placed_at, 1, 7));

-- A returned order gives its stock back as a cancelled one does.
CREATE TRIGGER orders_return_stock
AFTER UPDATE OF status ON orders
WHEN (OLD.status IN ('cancelled', 'returned')) <> (NEW.status IN ('cancelled', 'returned'))
BEGIN
    UPDATE products
    SET stock = stock + (
        SELECT CASE WHEN NEW.status IN ('cancelled', 'returned') THEN quantity ELSE -quantity END
        FROM order_items
        WHERE order_id = NEW.id AND product_id = products.id
    )
    WHERE id IN (SELECT product_id FROM order_items WHERE order_id = NEW.id);
END;

CREATE TRIGGER orders_audit_status
AFTER UPDATE OF status ON orders
WHEN OLD.status <> NEW.status
BEGIN
    INSERT INTO audit_log (table_name, row_id, action, before, after)
    VALUES ('orders', NEW.id, 'update',
            '{"status":"' || OLD.status || '"}', '{"status":"' || NEW.status || '"}');
END;

PRAGMA legacy_alter_table=OFF;
PRAGMA foreign_keys=ON;
