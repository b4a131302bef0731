-- SPDX-License-Identifier: MIT
-- wend:template a foreign key for a column that is there
-- wend:key table name # the table
-- wend:key column names # its column, or several
-- wend:key references name # the table that it points to
-- wend:key referenced names = id # the column there, or several
-- wend:key on_delete sql = NO ACTION # what becomes of rows that point to nothing

-- wend:for postgres
-- wend:key name name = ${table}_${column}_fkey # the constraint
-- wend:step add
-- wend: phase expand
-- From now on new rows are checked. Those that are there are not looked at yet, so nobody has to wait.
-- wend:up
ALTER TABLE ${table} ADD CONSTRAINT ${name} FOREIGN KEY (${column})
    REFERENCES ${references} (${referenced}) ON DELETE ${on_delete} NOT VALID;
-- wend:down
ALTER TABLE ${table} DROP CONSTRAINT ${name};
-- wend:step validate
-- The rows that are there are read while others go on writing.
-- wend:up
ALTER TABLE ${table} VALIDATE CONSTRAINT ${name};
-- wend:down
ALTER TABLE ${table} DROP CONSTRAINT ${name};
ALTER TABLE ${table} ADD CONSTRAINT ${name} FOREIGN KEY (${column})
    REFERENCES ${references} (${referenced}) ON DELETE ${on_delete} NOT VALID;

-- wend:for mariadb
-- wend:key name name = ${table}_${column}_fkey # the constraint, and its index
-- wend:up
ALTER TABLE ${table} ADD INDEX ${name} (${column}),
    ADD CONSTRAINT ${name} FOREIGN KEY (${column})
    REFERENCES ${references} (${referenced}) ON DELETE ${on_delete};
-- wend:down
ALTER TABLE ${table} DROP FOREIGN KEY ${name}, DROP INDEX ${name};

-- wend:for sqlite
-- wend:key column name # its column
-- wend:key referenced name = id # the column there
-- wend:key type sql = INTEGER # the column's type
-- wend:key beside name = ${column}_beside # the column while it is made anew
-- A foreign key comes with its column only: it is made anew, behind the others. One that has an index, or is read
-- by a view or a trigger, has to lose these first.
-- wend:up
-- wend: assert SELECT count(*) FROM ${table} WHERE ${column} NOT IN (SELECT ${referenced} FROM ${references}) = 0
ALTER TABLE ${table} ADD COLUMN ${beside} ${type} REFERENCES ${references} (${referenced}) ON DELETE ${on_delete};
UPDATE ${table} SET ${beside} = ${column};
ALTER TABLE ${table} DROP COLUMN ${column};
ALTER TABLE ${table} RENAME COLUMN ${beside} TO ${column};
-- wend:down
ALTER TABLE ${table} ADD COLUMN ${beside} ${type};
UPDATE ${table} SET ${beside} = ${column};
ALTER TABLE ${table} DROP COLUMN ${column};
ALTER TABLE ${table} RENAME COLUMN ${beside} TO ${column};
