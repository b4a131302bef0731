-- statements: 5
CREATE FUNCTION label(n integer) RETURNS text
    LANGUAGE sql
    BEGIN ATOMIC
        SELECT CASE WHEN n > 0 THEN CASE n WHEN 1 THEN 'one' ELSE 'many' END ELSE 'none' END;
    END;

create procedure add_two(a int, b int)
language sql
begin atomic
    insert into number values (a);
    insert into number values (b);
    select 1 as end;
end;

CREATE FUNCTION plus(a int, b int) RETURNS int LANGUAGE sql IMMUTABLE RETURN a + b;
CREATE OR REPLACE FUNCTION nothing() RETURNS void LANGUAGE sql BEGIN ATOMIC END;
SELECT label(1), plus(1, 2);
