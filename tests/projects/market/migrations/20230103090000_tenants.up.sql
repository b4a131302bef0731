BEGIN;

CREATE TABLE app.tenants (
    id       uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name     text NOT NULL,
    settings jsonb NOT NULL DEFAULT '{}'::jsonb,
    touched  integer NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX tenants_name ON app.tenants (lower(name));
CREATE INDEX tenants_settings ON app.tenants USING gin (settings);

CREATE TRIGGER touch BEFORE UPDATE ON app.tenants FOR EACH ROW EXECUTE FUNCTION app.touch();

COMMIT;
