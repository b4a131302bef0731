-- SPDX-License-Identifier: MIT
-- wend:template an index, on PostgreSQL built while others go on writing
-- wend:key table name # the table
-- wend:key columns names # its columns
-- wend:key unique flag # no two rows alike
-- wend:key name name = ${table}_${columns}_idx # the index

-- wend:for postgres
-- wend: transaction none
-- wend:up
CREATE ${unique|UNIQUE }INDEX CONCURRENTLY ${name} ON ${table} (${columns});
-- wend:down
-- wend: transaction none
DROP INDEX CONCURRENTLY ${table|%p}${name};

-- wend:for mariadb
-- wend:up
CREATE ${unique|UNIQUE }INDEX ${name} ON ${table} (${columns});
-- wend:down
DROP INDEX ${name} ON ${table};

-- wend:for sqlite
-- wend:up
CREATE ${unique|UNIQUE }INDEX ${name} ON ${table} (${columns});
-- wend:down
DROP INDEX ${name};
