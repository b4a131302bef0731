-- wend: substitute
DROP FUNCTION app.touch();
ALTER DEFAULT PRIVILEGES IN SCHEMA app REVOKE SELECT ON TABLES FROM ${reader};
DROP SCHEMA "Reporting", audit, app;
DO $$
BEGIN
    EXECUTE 'DROP ROLE ${reader}';
EXCEPTION WHEN dependent_objects_still_exist THEN
    RAISE NOTICE 'another database still needs the role';
END
$$;
