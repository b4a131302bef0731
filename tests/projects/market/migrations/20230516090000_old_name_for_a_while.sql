-- wend:up
-- The old application still writes to app.customers.
CREATE VIEW app.customers WITH (security_barrier) AS
SELECT id, email, status FROM app.members WHERE status <> 'gone';

CREATE RULE add AS ON INSERT TO app.customers DO INSTEAD (
    INSERT INTO app.members (tenant, email) VALUES (app.tenant(), NEW.email);
    NOTIFY members;
);

CREATE FUNCTION app.customers_remove() RETURNS trigger LANGUAGE plpgsql AS '
BEGIN
    UPDATE app.members SET status = ''gone'' WHERE id = OLD.id;
    RETURN OLD;
END;';
CREATE TRIGGER remove INSTEAD OF DELETE ON app.customers
    FOR EACH ROW EXECUTE PROCEDURE app.customers_remove();

-- wend:down
DROP VIEW app.customers;
DROP FUNCTION app.customers_remove();
