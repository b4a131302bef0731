-- statements: 4
CREATE RULE city_insert AS ON INSERT TO city_view DO INSTEAD (
    INSERT INTO city (name) VALUES (NEW.name);
    INSERT INTO city_log (name, at) VALUES (NEW.name, now());
);
CREATE OR REPLACE RULE quiet AS ON DELETE TO city DO INSTEAD NOTHING;
CREATE RULE "one;two" AS ON UPDATE TO city_view WHERE (OLD.id = (1)) DO ALSO
    (UPDATE city SET name = ');' WHERE id = OLD.id; SELECT 1);
SELECT 1;
