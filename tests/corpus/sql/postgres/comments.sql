-- statements: 3
/* one /* two; /* three; */ */ still; */
SELECT 1; -- a line; comment
SELECT 2 /* x;/**/; */ + 1;
--
--;
SELECT 3--no space needed;
;
/* the end; */
