-- One partition per quarter: an old one goes with a single DROP TABLE.
CREATE TABLE audit_log (
    at       timestamptz NOT NULL DEFAULT now(),
    order_id bigint NOT NULL,
    was      order_status,
    became   order_status NOT NULL,
    by_whom  text NOT NULL DEFAULT current_user
) PARTITION BY RANGE (at);

CREATE TABLE audit_log_2024_q1 PARTITION OF audit_log FOR VALUES FROM ('2024-01-01') TO ('2024-04-01');
CREATE TABLE audit_log_2024_q2 PARTITION OF audit_log FOR VALUES FROM ('2024-04-01') TO ('2024-07-01');
CREATE TABLE audit_log_rest PARTITION OF audit_log DEFAULT;

CREATE INDEX audit_log_order ON audit_log (order_id);

CREATE FUNCTION log_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status IS DISTINCT FROM OLD.status THEN
        INSERT INTO audit_log (order_id, was, became) VALUES (NEW.id, OLD.status, NEW.status);
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER orders_log_status AFTER UPDATE ON orders
    FOR EACH ROW EXECUTE FUNCTION log_status();
