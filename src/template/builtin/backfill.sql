-- SPDX-License-Identifier: MIT
-- wend:template the rows that lack a value get it, so many at a time
-- wend:key table name # the table
-- wend:key column name # the column to fill where it is NULL
-- wend:key value sql # what to fill it with: an expression of the row
-- wend:key key name = id # the column that rows are counted off by: a number, or a uuid
-- wend:key size number = 1000 # rows that are committed together
-- wend:key pause word = 50ms # between two rounds

-- wend:for postgres sqlite
-- wend:up
-- wend: batch size=${size} pause=${pause}
UPDATE ${table} SET ${column} = ${value}
WHERE ${key} IN (
    SELECT ${key} FROM ${table}
    WHERE ${column} IS NULL AND (${value}) IS NOT NULL AND (:after IS NULL OR ${key} > :after)
    ORDER BY ${key} LIMIT :size)
RETURNING ${key};
-- wend:down
-- What has this value is taken for filled in.
-- wend: batch size=${size} pause=${pause}
UPDATE ${table} SET ${column} = NULL
WHERE ${key} IN (
    SELECT ${key} FROM ${table}
    WHERE ${column} = (${value}) AND (:after IS NULL OR ${key} > :after)
    ORDER BY ${key} LIMIT :size)
RETURNING ${key};

-- wend:for mariadb
-- wend:up
-- wend: batch size=${size} pause=${pause}
UPDATE ${table} SET ${column} = ${value}
WHERE ${column} IS NULL AND (${value}) IS NOT NULL
ORDER BY ${key} LIMIT :size;
-- wend:down
-- What has this value is taken for filled in.
-- wend: batch size=${size} pause=${pause}
UPDATE ${table} SET ${column} = NULL
WHERE ${column} = (${value})
ORDER BY ${key} LIMIT :size;
