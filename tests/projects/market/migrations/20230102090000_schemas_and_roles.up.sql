-- wend: substitute
-- Roles belong to the whole server: another database may have made this one already.
CREATE SCHEMA app;
CREATE SCHEMA audit;
CREATE SCHEMA "Reporting";

DO $do$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${reader}') THEN
        EXECUTE $sql$CREATE ROLE ${reader} NOLOGIN$sql$;
    END IF;
END
$do$;

GRANT USAGE ON SCHEMA app, "Reporting" TO ${reader};
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO ${reader};

CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.touched := NEW.touched + 1; -- a counter, so that two runs give the same rows
    RETURN NEW;
END;
$$;
