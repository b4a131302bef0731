CREATE TABLE audit.trail (
    seq     bigint GENERATED ALWAYS AS IDENTITY,
    place   text NOT NULL,
    was     jsonb,
    became  jsonb,
    changed jsonb GENERATED ALWAYS AS (became - 'touched') STORED
) PARTITION BY LIST (place);
CREATE TABLE audit.trail_tenants PARTITION OF audit.trail FOR VALUES IN ('app.tenants');
CREATE TABLE audit.trail_other PARTITION OF audit.trail DEFAULT;
CREATE INDEX trail_became ON audit.trail USING gin (became);

CREATE FUNCTION audit.note() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, pg_temp
AS $function$
BEGIN
    INSERT INTO trail (place, was, became)
    VALUES (TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME,
            CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,
            CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END);
    RETURN NULL;
END;
$function$;

DO $$
DECLARE
    place regclass;
BEGIN
    FOREACH place IN ARRAY ARRAY['app.tenants', 'app.members', 'app."Listings"']::regclass[] LOOP
        EXECUTE format('CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON %s '
                       'FOR EACH ROW EXECUTE FUNCTION audit.note()', place);
    END LOOP;
END;
$$;

UPDATE app.tenants SET settings = settings || '{"audited": true}';
