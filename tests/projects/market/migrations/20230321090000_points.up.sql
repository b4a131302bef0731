-- wend: transaction none
ALTER TABLE app.members ADD COLUMN points integer;

-- Every hundred rows a transaction of their own; what is done already is not done again.
-- wend: retry safe
DO $$
DECLARE
    done integer;
BEGIN
    LOOP
        UPDATE app.members SET points = id % 50
        WHERE id IN (SELECT id FROM app.members WHERE points IS NULL ORDER BY id LIMIT 100);
        GET DIAGNOSTICS done = ROW_COUNT;
        EXIT WHEN done = 0;
        COMMIT;
    END LOOP;
END;
$$;

ALTER TABLE app.members ALTER COLUMN points SET DEFAULT 0;
ALTER TABLE app.members ALTER COLUMN points SET NOT NULL;
