DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['customers', 'products', 'orders'] LOOP
        EXECUTE format('DROP TRIGGER %I ON %I', name || '_touch', name);
        EXECUTE format('ALTER TABLE %I DROP COLUMN updated_at', name);
    END LOOP;
END;
$$;

DROP FUNCTION touch();
