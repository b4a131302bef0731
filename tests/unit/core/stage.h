/* SPDX-License-Identifier: MIT
 *
 * A stage for tests of the core: a folder of migrations, an SQLite target, and a project over both,
 * opened anew for every command as the program would do it.
 */
#ifndef WEND_TEST_STAGE_H
#define WEND_TEST_STAGE_H

#include "core/project.h"
#include "core/runner.h"

#include <sqlite3.h>

typedef struct Stage {
    char *root;               /* a temporary folder */
    char *migrations;         /* in it */
    char *file;               /* the database file in it; NULL = in memory, handed over to wend */
    sqlite3 *db;              /* the test's own connection; for a file NULL until it is asked */
    WendConfig *config;       /* may be changed before the next command */
    WendProject *project;     /* of the last command */
    const WendDriver *driver; /* stands in for the project's own; NULL = no */
    WendWatch watch;
    GString *log; /* what the last command reported, one line each */
    char *text;   /* what the last repair said */
    WendMoved moved;
    WendError error; /* of the last command */
    const char *const *agreed;
    bool one_transaction;
} Stage;

/* Set-up and tear-down for g_test_add(). */
void stage_memory(Stage *stage, gconstpointer data);
void stage_file(Stage *stage, gconstpointer data);
void stage_clear(Stage *stage, gconstpointer data);

/* Migration files. stage_files: names and texts in turn, then NULL. */
void stage_write(Stage *stage, const char *name, const char *text);
void stage_files(Stage *stage, ...) G_GNUC_NULL_TERMINATED;
void stage_remove(Stage *stage, const char *name);

/* A new project: scanned and connected, and with stage_read() read. */
void stage_open(Stage *stage);
void stage_read(Stage *stage);

/* Commands; each opens a new project, and stage->error is its own. */
bool stage_run(Stage *stage, const WendRequest *request);
bool stage_up(Stage *stage);
bool stage_up_to(Stage *stage, const char *to);
bool stage_down(Stage *stage, gint64 count);
bool stage_down_all(Stage *stage);
/* The newest one down, then up again. */
bool stage_redo(Stage *stage);

/* Runs the command again and again, each time on a new stage, until none of its calls of the
 * driver was made to fail: a failure is passed on, the lock given back, and the command works
 * behind it. */
void stage_sweep(void (*prepare)(Stage *stage), bool (*command)(Stage *stage));

/* SQL of the test's own. Rows end in a line end, columns are split by a space, NULL is "-". */
void stage_sql(Stage *stage, const char *sql);
char *stage_rows(Stage *stage, const char *sql);

/* The state of every migration, "1=applied 2=pending". Opens a new project. */
char *stage_states(Stage *stage);

/* Whether the last error is this one; shows it when not. `message` is a part of it, or NULL. */
bool stage_failed(const Stage *stage, WendCode code, const char *message);
bool stage_mentions(const char *text, const char *part);

#define JOURNAL "SELECT id, direction, event, statement FROM wend_journal ORDER BY seq"
#define HISTORY "SELECT id FROM wend_migrations ORDER BY id"
#define OBJECTS                                                                                    \
    "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'wend%' AND name NOT LIKE 'sqlite%' "      \
    "ORDER BY name"

#define assert_done(stage, call)                                                                   \
    G_STMT_START                                                                                   \
    {                                                                                              \
        bool call_ok = (call);                                                                     \
        g_assert_cmpstr((stage)->error.message, ==, NULL);                                         \
        g_assert_true(call_ok);                                                                    \
    }                                                                                              \
    G_STMT_END

#define assert_fails(stage, call, code, part)                                                      \
    G_STMT_START                                                                                   \
    {                                                                                              \
        g_assert_false(call);                                                                      \
        g_assert_true(stage_failed(stage, code, part));                                            \
    }                                                                                              \
    G_STMT_END

#define assert_mentions(text, part) g_assert_true(stage_mentions(text, part))

#define assert_rows(stage, sql, expected)                                                          \
    G_STMT_START                                                                                   \
    {                                                                                              \
        g_autofree char *rows_text = stage_rows(stage, sql);                                       \
        g_assert_cmpstr(rows_text, ==, expected);                                                  \
    }                                                                                              \
    G_STMT_END

#define assert_states(stage, expected)                                                             \
    G_STMT_START                                                                                   \
    {                                                                                              \
        g_autofree char *states_text = stage_states(stage);                                        \
        g_assert_cmpstr(states_text, ==, expected);                                                \
    }                                                                                              \
    G_STMT_END

#endif
