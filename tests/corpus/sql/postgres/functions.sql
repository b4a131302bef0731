-- statements: 4
CREATE OR REPLACE FUNCTION touch() RETURNS trigger AS $$
BEGIN
    NEW.changed := now();
    IF NEW.name = 'it''s; $1' THEN
        RAISE NOTICE 'changed; %', NEW.name;
    END IF;
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;

CREATE FUNCTION nested() RETURNS text LANGUAGE plpgsql AS $outer$
DECLARE
    command text := $inner$SELECT ';' || $$x;y$$;$inner$;
BEGIN
    EXECUTE command;
    RETURN '$outer';
END
$outer$;

CREATE FUNCTION größe(a int) RETURNS int LANGUAGE sql AS $größe$ SELECT a; SELECT $1; $größe$;

CREATE TRIGGER touch BEFORE UPDATE ON city FOR EACH ROW EXECUTE FUNCTION touch();
