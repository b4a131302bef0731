-- statements: 3
DO $$
DECLARE
    r record;
BEGIN
    FOR r IN SELECT 1 AS n LOOP
        EXECUTE format('CREATE TABLE t_%s (id int);', r.n);
    END LOOP;
END $$;
DO LANGUAGE plpgsql $body$ BEGIN PERFORM 1; END; $body$;
CREATE INDEX CONCURRENTLY IF NOT EXISTS a_id ON a (id);
