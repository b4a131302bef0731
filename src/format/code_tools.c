/* SPDX-License-Identifier: MIT
 *
 * The table of tools whose migrations are program code. See code_tools.h.
 */
#include "format/code_tools.h"

#include <string.h>

#define FILES(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

const WendCodeTool wend_code_tools[] = {
    {"alembic", "Alembic", "alembic_version", "version_num", true,
     "SELECT version_num FROM {table}", NULL,
     FILES("alembic.ini", "*/versions/*.py", "migrations/versions/*.py")},
    {"django", "Django", "django_migrations", "id,app,name,applied", true,
     "SELECT app, name FROM {table} ORDER BY id", NULL,
     FILES("manage.py", "*/migrations/0001_*.py")},
    {"rails", "Rails", "ar_internal_metadata", "key,value,created_at,updated_at", true,
     "SELECT version FROM {near schema_migrations} ORDER BY version", "schema_migrations",
     FILES("db/migrate/*.rb", "db/schema.rb", "db/structure.sql")},
    {"laravel", "Laravel", "migrations", "id,migration,batch", true,
     "SELECT migration FROM {table} ORDER BY id", NULL,
     FILES("artisan", "database/migrations/*.php")},
    {"knex", "Knex", "knex_migrations", "id,name,batch,migration_time", true,
     "SELECT name FROM {table} ORDER BY id", "knex_migrations_lock",
     FILES("knexfile.js", "knexfile.ts", "knexfile.mjs", "knexfile.cjs")},
    {"sequelize", "Sequelize", "SequelizeMeta", "name", true,
     "SELECT name FROM {table} ORDER BY name", NULL, FILES(".sequelizerc")},
    {"typeorm", "TypeORM", "migrations", "id,timestamp,name", true,
     "SELECT name FROM {table} ORDER BY id", NULL,
     FILES("ormconfig.json", "ormconfig.js", "ormconfig.ts", "data-source.ts",
           "src/data-source.ts")},
    {"liquibase-xml", "Liquibase (XML, YAML, JSON)", "DATABASECHANGELOG",
     "id,author,filename,dateexecuted,orderexecuted,exectype,md5sum", false,
     "SELECT filename, id, author FROM {table} ORDER BY orderexecuted", "DATABASECHANGELOGLOCK",
     FILES("liquibase.properties", "*changelog*.xml", "*changelog*.yaml", "*changelog*.yml",
           "*changelog*.json")},
    {"yoyo", "yoyo", "_yoyo_migration", "migration_hash,migration_id,applied_at_utc", true,
     "SELECT migration_id FROM {table} ORDER BY applied_at_utc", "_yoyo_log", FILES("yoyo.ini")},
    {"entity-framework", "Entity Framework", "__EFMigrationsHistory", "migrationid,productversion",
     true, "SELECT * FROM {table} ORDER BY 1", NULL, FILES("Migrations/*ModelSnapshot.cs")},
    {"doctrine", "Doctrine", "doctrine_migration_versions", "version,executed_at,execution_time",
     true, "SELECT version FROM {table} ORDER BY version", NULL,
     FILES("config/packages/doctrine_migrations.yaml")},
    {"ecto", "Ecto", "schema_migrations", "version,inserted_at", true,
     "SELECT version FROM {table} ORDER BY version", NULL, FILES("priv/repo/migrations/*.exs")},
    {"phinx", "Phinx", "phinxlog", "version,migration_name,start_time,end_time,breakpoint", true,
     "SELECT version, migration_name FROM {table} ORDER BY version", NULL,
     FILES("phinx.php", "phinx.yml", "phinx.json")},
    {0},
};

const WendCodeTool *wend_code_tool_find(const char *name, WendError *error)
{
    g_autoptr(GString) all = g_string_new(NULL);
    for (const WendCodeTool *tool = wend_code_tools; tool->name != NULL; tool++) {
        if (strcmp(tool->name, name) == 0)
            return tool;
        g_string_append_printf(all, "%s%s", all->len > 0 ? ", " : "", tool->name);
    }
    wend_error_set(error, WEND_USAGE, "there is no tool \"%s\"", name);
    wend_error_hint(error, "those whose history can be taken over: %s", all->str);
    return NULL;
}
