-- SPDX-License-Identifier: MIT
-- wend:template a column more
-- wend:key table name # the table
-- wend:key column name # the new column
-- wend:key type sql # its type; NOT NULL only with a DEFAULT
-- wend:up
ALTER TABLE ${table} ADD COLUMN ${column} ${type};
-- wend:down
ALTER TABLE ${table} DROP COLUMN ${column};
