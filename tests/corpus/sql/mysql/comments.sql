-- statements: 8
# a hash comment; with a semicolon, and it's quote
SELECT 1; # trailing; one
-- a dash comment; it's one
SELECT 5--1;
SELECT 5 --2, ';' ;
--	a tab counts as white space; too
/* plain; */ SELECT /*+ MAX_EXECUTION_TIME(1000) */ 2;
SELECT 3 /*! + 4 */ /*!50100 + 5 */;
/*!50100 SELECT 1; SELECT 2 */;
SELECT '#', "#", `#` FROM `-- x`;
--
SELECT 6 -- the end;
