-- statements: 4
/* A heading; with semicolons; in it. */
-- and a line; too
SELECT 1 -- trailing; comment
     , 2 /* inner; comment */ , 3;
/**/;
/* * / still one comment; */ SELECT 4;
SELECT 5--;
;
SELECT 6 /* the last; one */
