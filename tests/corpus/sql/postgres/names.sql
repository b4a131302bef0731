-- statements: 4
CREATE TABLE "begin" ("end" int, "case" int, "atomic;" text);
SELECT t."end", t.begin FROM "begin" AS t;
CREATE FUNCTION begin_end("begin" int, "end" int) RETURNS int LANGUAGE sql AS 'SELECT 1; SELECT 2;';
CREATE VIEW atomic AS SELECT 1 AS begin;
