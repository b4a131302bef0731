-- statements: 7
COPY a FROM STDIN WITH (FORMAT csv, HEADER true, DELIMITER ';');
id;name
1;"x; y"
2;"\. inside"
\.
COPY b (x, "from") FROM stdin; -- data follows
1	2
\.
COPY c FROM '/var/data/c.csv';
COPY (SELECT * FROM d WHERE x IN (SELECT y FROM stdin)) TO STDOUT;
COPY d TO STDOUT;
copy public.e from stdin with (format text)
;
;
\N
\.
SELECT 1;
