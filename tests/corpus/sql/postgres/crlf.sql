-- statements: 5
CREATE TABLE log (at timestamptz, text text); -- made on another system
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$
SELECT 1;
$$;
COPY log FROM stdin;
2024-01-01	a;b
\.
SELECT E'a\''
'b\';';
SELECT 2
