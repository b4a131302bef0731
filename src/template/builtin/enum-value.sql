-- SPDX-License-Identifier: MIT
-- wend:template a word more for such a column
-- wend:key table name # the table
-- wend:key column name # the column
-- wend:key values texts # the words so far, in their order
-- wend:key value text # the new one

-- wend:for postgres
-- wend:key type name = ${table|%p}${table}_${column} # the type
-- wend:key old name = ${type}_old # what the type is called while a new one is made
-- wend:up
ALTER TYPE ${type} ADD VALUE ${value};
-- wend:down
-- A type loses no value: a new one takes its place. Where the column has a default, drop that first and set it
-- again afterwards; where others have the type, change them here, too.
-- wend: assert SELECT count(*) FROM ${table} WHERE ${column}::text = ${value} = 0
ALTER TYPE ${type} RENAME TO ${old|%u};
CREATE TYPE ${type} AS ENUM (${values});
ALTER TABLE ${table} ALTER COLUMN ${column} TYPE ${type} USING ${column}::text::${type};
DROP TYPE ${type|%p}${old|%u};

-- wend:for mariadb
-- wend:key rest sql = # the rest of the column's definition, say NOT NULL DEFAULT 'new'
-- wend:up
ALTER TABLE ${table} MODIFY COLUMN ${column} ENUM (${values}, ${value}) ${rest};
-- wend:down
-- wend: assert SELECT count(*) FROM ${table} WHERE ${column} = ${value} = 0
ALTER TABLE ${table} MODIFY COLUMN ${column} ENUM (${values}) ${rest};

-- wend:for sqlite
-- wend:key beside name = ${column}_beside # the column while it is made anew
-- A CHECK cannot be changed: the column is made anew, behind the others. One that has an index, or is read by a
-- view or a trigger, has to lose these first.
-- wend:up
ALTER TABLE ${table} ADD COLUMN ${beside} TEXT CHECK (${beside} IN (${values}, ${value}));
UPDATE ${table} SET ${beside} = ${column};
ALTER TABLE ${table} DROP COLUMN ${column};
ALTER TABLE ${table} RENAME COLUMN ${beside} TO ${column};
-- wend:down
-- wend: assert SELECT count(*) FROM ${table} WHERE ${column} = ${value} = 0
ALTER TABLE ${table} ADD COLUMN ${beside} TEXT CHECK (${beside} IN (${values}));
UPDATE ${table} SET ${beside} = ${column};
ALTER TABLE ${table} DROP COLUMN ${column};
ALTER TABLE ${table} RENAME COLUMN ${beside} TO ${column};
