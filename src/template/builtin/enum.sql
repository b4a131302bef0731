-- SPDX-License-Identifier: MIT
-- wend:template a column that takes a few words only
-- wend:key table name # the table
-- wend:key column name # the new column
-- wend:key values texts # the words, in their order

-- wend:for postgres
-- wend:key type name = ${table|%p}${table}_${column} # the new type
-- wend:up
CREATE TYPE ${type} AS ENUM (${values});
ALTER TABLE ${table} ADD COLUMN ${column} ${type};
-- wend:down
ALTER TABLE ${table} DROP COLUMN ${column};
DROP TYPE ${type};

-- wend:for mariadb
-- wend:up
ALTER TABLE ${table} ADD COLUMN ${column} ENUM (${values});
-- wend:down
ALTER TABLE ${table} DROP COLUMN ${column};

-- wend:for sqlite
-- wend:up
ALTER TABLE ${table} ADD COLUMN ${column} TEXT CHECK (${column} IN (${values}));
-- wend:down
ALTER TABLE ${table} DROP COLUMN ${column};
