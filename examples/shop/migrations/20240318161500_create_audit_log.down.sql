DROP TRIGGER orders_audit_status;
DROP TRIGGER products_audit_price;
DROP TABLE audit_log;
