DROP TRIGGER orders_log_status ON orders;
DROP FUNCTION log_status();
DROP TABLE audit_log;
