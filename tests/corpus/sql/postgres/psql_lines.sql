-- statements: 11
\set ON_ERROR_STOP on
\echo 'starting; now'
SELECT 1; \echo done; really
\connect shop
CREATE TABLE a (id int);
  \i other.sql
\if :{?flag}
SELECT :name, :'name', :"name";
\endif
SELECT 'a\b' AS "c\d";
