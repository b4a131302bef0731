CREATE TABLE audit_log (
    id         INTEGER PRIMARY KEY,
    table_name TEXT NOT NULL,
    row_id     INTEGER NOT NULL,
    action     TEXT NOT NULL CHECK (action IN ('insert', 'update', 'delete')),
    before     TEXT,
    after      TEXT,
    at         TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE INDEX audit_log_row ON audit_log (table_name, row_id, id);

CREATE TRIGGER audit_log_is_for_ever
BEFORE DELETE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'the audit log is only ever added to');
END;

CREATE TRIGGER products_audit_price
AFTER UPDATE OF price_cents ON products
WHEN OLD.price_cents <> NEW.price_cents
BEGIN
    INSERT INTO audit_log (table_name, row_id, action, before, after)
    VALUES ('products', NEW.id, 'update',
            '{"price_cents":' || OLD.price_cents || '}', '{"price_cents":' || NEW.price_cents || '}');
END;

CREATE TRIGGER orders_audit_status
AFTER UPDATE OF status ON orders
WHEN OLD.status <> NEW.status
BEGIN
    INSERT INTO audit_log (table_name, row_id, action, before, after)
    VALUES ('orders', NEW.id, 'update',
            '{"status":"' || OLD.status || '"}', '{"status":"' || NEW.status || '"}');
END;
