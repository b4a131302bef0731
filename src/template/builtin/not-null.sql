-- SPDX-License-Identifier: MIT
-- wend:template a column that is there becomes NOT NULL
-- wend:key table name # the table
-- wend:key column name # the column, filled in every row

-- wend:for postgres
-- wend:key name name = ${table}_${column}_not_null # the constraint meanwhile
-- wend:step check
-- wend: phase expand
-- From now on no NULL gets in. The rows that are there are not looked at yet, so nobody has to wait.
-- wend:up
ALTER TABLE ${table} ADD CONSTRAINT ${name} CHECK (${column} IS NOT NULL) NOT VALID;
-- wend:down
ALTER TABLE ${table} DROP CONSTRAINT ${name};
-- wend:step validate
-- The rows that are there are read while others go on writing.
-- wend:up
ALTER TABLE ${table} VALIDATE CONSTRAINT ${name};
-- wend:down
ALTER TABLE ${table} DROP CONSTRAINT ${name};
ALTER TABLE ${table} ADD CONSTRAINT ${name} CHECK (${column} IS NOT NULL) NOT VALID;
-- wend:step set
-- wend: phase contract
-- The constraint proves that there is no NULL, so the table is not read again (PostgreSQL 12 and newer).
-- wend:up
ALTER TABLE ${table} ALTER COLUMN ${column} SET NOT NULL;
ALTER TABLE ${table} DROP CONSTRAINT ${name};
-- wend:down
ALTER TABLE ${table} ADD CONSTRAINT ${name} CHECK (${column} IS NOT NULL);
ALTER TABLE ${table} ALTER COLUMN ${column} DROP NOT NULL;

-- wend:for mariadb
-- wend:key type sql # the rest of its definition, say varchar(50) DEFAULT 'x'
-- Without strict mode the server would make something else of every NULL.
-- wend:up
-- wend: assert SELECT count(*) FROM ${table} WHERE ${column} IS NULL = 0
ALTER TABLE ${table} MODIFY COLUMN ${column} ${type} NOT NULL;
-- wend:down
ALTER TABLE ${table} MODIFY COLUMN ${column} ${type} NULL;

-- wend:for sqlite
-- wend:key name name = ${table}_${column}_not_null # what the triggers' names begin with
-- wend:key on_insert name = ${name}_insert # the one trigger
-- wend:key on_update name = ${name}_update # the other
-- wend:key message text = ${table}.${column} must not be NULL # what they say
-- SQLite adds NOT NULL to no column that is there: that takes a new table. These triggers refuse the same.
-- wend:up
-- wend: assert SELECT count(*) FROM ${table} WHERE ${column} IS NULL = 0
CREATE TRIGGER ${on_insert} BEFORE INSERT ON ${table}
WHEN NEW.${column} IS NULL
BEGIN
    SELECT RAISE(ABORT, ${message});
END;
CREATE TRIGGER ${on_update} BEFORE UPDATE OF ${column} ON ${table}
WHEN NEW.${column} IS NULL
BEGIN
    SELECT RAISE(ABORT, ${message});
END;
-- wend:down
DROP TRIGGER ${on_update};
DROP TRIGGER ${on_insert};
