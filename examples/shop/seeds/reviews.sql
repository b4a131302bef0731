-- What they think; whenever one of these two files changes, it comes in anew.
-- wend: seed onchange
-- wend: depends customers
DELETE FROM reviews WHERE customer_id BETWEEN 2001 AND 2999;
-- wend: csv
