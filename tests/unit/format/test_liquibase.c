/* SPDX-License-Identifier: MIT */
#include "format/liquibase.h"
#include "sandbox.h"
#include "tool_folder.h"

#include <string.h>

extern const WendFormat wend_format_liquibase;

static WendChangelog *read_text(const char *text, GHashTable *values, GPtrArray *problems)
{
    return wend_changelog_read("a.sql", text, strlen(text), values, problems);
}

static GHashTable *values_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

static void test_looks(void)
{
    g_assert_true(wend_changelog_looks("--liquibase formatted sql\n"));
    g_assert_true(
        wend_changelog_looks("\xEF\xBB\xBF\n  -- Liquibase Formatted SQL logicalFilePath:x"));
    g_assert_false(wend_changelog_looks(""));
    g_assert_false(wend_changelog_looks("create table liquibase (formatted int);"));
    g_assert_false(wend_changelog_looks("-- liquibase\n"));
}

static void test_attributes(void)
{
    g_autoptr(GPtrArray) problems = wend_problems_new();
    g_autoptr(GHashTable) values = values_new();
    g_autoptr(WendChangelog) changelog = read_text(
        "--liquibase formatted sql logicalFilePath:there.sql\n"
        "  -- changeset \"Ann B\":\"my id\" runOnChange:true runAlways:TRUE runInTransaction:false "
        "splitStatements:false endDelimiter:/ context:\"a or b\" labels:x,y dbms:postgresql "
        "logicalFilePath:else.sql ignore:true stripComments:false\n"
        "--validCheckSum: 8:abc\n--comment what it is\nSELECT 1;\n"
        "--changeset bob:2 contextFilter:c context:d\nSELECT 2;",
        values, problems);
    g_assert_cmpuint(changelog->changesets->len, ==, 2);
    const WendChangeset *one = changelog->changesets->pdata[0];
    const WendChangeset *two = changelog->changesets->pdata[1];
    g_assert_cmpstr(changelog->path, ==, "there.sql");
    g_assert_cmpstr(one->author, ==, "Ann B");
    g_assert_cmpstr(one->id, ==, "my id");
    g_assert_true(one->run_on_change && one->run_always && one->alone && one->ignored);
    g_assert_false(one->split || one->strip);
    g_assert_cmpstr(one->delimiter, ==, "/");
    g_assert_cmpstr(one->contexts, ==, "a or b");
    g_assert_cmpstr(one->labels, ==, "x,y");
    g_assert_cmpstr(one->dbms, ==, "postgresql");
    g_assert_cmpstr(one->path, ==, "else.sql");
    g_assert_cmpstr(one->comment, ==, "what it is");
    g_assert_cmpstr(one->valid->pdata[0], ==, "8:abc");
    g_assert_cmpuint(one->line, ==, 2);
    g_assert_cmpstr(two->contexts, ==, "c");
    g_assert_true(two->split && two->strip);
    g_assert_null(two->down);
    assert_problems(problems, "");
}

/* Everything keeps its line, in both directions. */
static void test_places(void)
{
    g_autoptr(GPtrArray) problems = wend_problems_new();
    g_autoptr(GHashTable) values = values_new();
    g_autoptr(WendChangelog) changelog =
        read_text("--liquibase formatted sql\n--changeset a:1\nup 1;\n--rollback down 1;\nup 2;\n"
                  "/* liquibase rollback\ndown 2; */\n--ignoreLines:start\nnothing;\n"
                  "--ignoreLines:end\nup 3;\n--rollback down 3;\n",
                  values, problems);
    const WendChangeset *one = changelog->changesets->pdata[0];
    g_auto(GStrv) up = g_strsplit(one->up->str, "\n", -1);
    g_auto(GStrv) down = g_strsplit(one->down->str, "\n", -1);
    g_assert_cmpuint(one->up->len, ==, one->down->len);
    static const char *const ups[] = {"", "up 1;", "", "up 2;", "", "", "", "", "", "up 3;", ""};
    static const char *const downs[] = {"", "", "down 1;", "", "",       "down 2;",
                                        "", "", "",        "", "down 3;"};
    for (gsize i = 0; i < G_N_ELEMENTS(ups); i++) {
        g_assert_cmpstr(g_strstrip(up[i]), ==, ups[i]);
        g_assert_cmpstr(g_strstrip(down[i]), ==, downs[i]);
    }
    assert_problems(problems, "");
}

/* What Liquibase 4.28.0 and 4.4.0 wrote for these. */
static void test_sums(void)
{
    g_autoptr(GPtrArray) problems = wend_problems_new();
    g_autoptr(GHashTable) values = values_new();
    g_autoptr(WendChangelog) changelog = read_text(
        "--liquibase formatted sql\n\n--changeset ann:1\ncreate table a (id int primary key);\n"
        "--rollback drop table a;\n\n--changeset bob:2 labels:x context:prod\n"
        "--comment: second one\ncreate table b (id int);\ncreate table c (id int);\n"
        "--rollback drop table c;\n--rollback drop table b;\n\n"
        "--changeset ann:2 runOnChange:true\ndrop view if exists v;\n"
        "create view v as select 1 as x;\n--rollback drop view v;\n",
        values, problems);
    static const struct {
        int version;
        const char *sum;
    } sums[] = {{9, "9:a397bc7d8bb04f5b6735cf0db1779ba4"},
                {9, "9:4c7f153d24178bea5e3cae22ad2622f4"},
                {8, "8:2a3c59a5305cb30fd0e50cdee0dc6e04"}};
    for (guint i = 0; i < G_N_ELEMENTS(sums); i++) {
        const WendChangeset *one = changelog->changesets->pdata[i];
        g_autofree char *sum = wend_changeset_sum(one, one->up->str, sums[i].version);
        g_assert_cmpstr(sum, ==, sums[i].sum);
    }
}

static void test_delimiters(void)
{
    static const struct {
        const char *delimiter, *before, *behind;
    } cases[] = {{"//", "a; b\n//\nc //  \n", "a; b\n; \nc ;   \n"},
                 {"/", "a / b\n/\n", "a / b\n;\n"},
                 {"\\nGO", "x GO\ngo\nGOOD\n", "x GO\n; \nGOOD\n"},
                 {";", "a;\n", "a;\n"},
                 {"$$", "f() $$\nx\n$$", "f() ; \nx\n; "}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) text = g_string_new(cases[i].before);
        wend_changeset_delimit(text, cases[i].delimiter);
        g_assert_cmpstr(text->str, ==, cases[i].behind);
    }
}

static void test_bad_input(void)
{
    static const struct {
        const char *text, *problem;
    } cases[] = {
        {"--liquibase formatted sql\n--changeset ann\nx;\n",
         "E a.sql:2 this changeset has no AUTHOR:ID; write -- changeset AUTHOR:ID\n"},
        {"--liquibase formatted sql\n--changeset\n",
         "E a.sql:2 this changeset has no AUTHOR:ID; write -- changeset AUTHOR:ID\n"},
        {"--liquibase formatted sql\n--changeset a:1\n--precondition-sql-check expectedResult:1\n",
         "E a.sql:3 this check has no value and query\n"},
        {"", ""},
        {"--liquibase formatted sql", ""}};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) problems = wend_problems_new();
        g_autoptr(GHashTable) values = values_new();
        g_autoptr(WendChangelog) changelog = read_text(cases[i].text, values, problems);
        assert_problems(problems, cases[i].problem);
    }
}

static void test_folder(void)
{
    char *path = sandbox_new();
    g_autoptr(GPtrArray) problems = wend_problems_new();
    g_autoptr(GPtrArray) migrations =
        g_ptr_array_new_with_free_func((GDestroyNotify)wend_migration_free);
    sandbox_write(path, "2.sql",
                  "--liquibase formatted sql\n--changeset a:1\nx ${p} ${q};\n--changeset a:2 "
                  "dbms:!sqlite\ny;\n");
    sandbox_write(path, "1.sql",
                  "--liquibase formatted sql\n--property name:P value:v\n--changeset "
                  "a:1\nx;\n--changeset b:3\ny;\n");
    sandbox_write(path, "0.sql", "select 1;\n");
    g_autoptr(WendFolder) folder = wend_folder_open(path, NULL);
    g_assert_cmpint(wend_format_liquibase.detect(folder), ==, WEND_FIT_SURE);
    g_assert_true(
        wend_format_liquibase.scan(folder, WEND_DIALECT_SQLITE, migrations, problems, NULL));
    g_assert_cmpuint(migrations->len, ==, 3);
    static const char *const ids[] = {"1.sql::1::a", "1.sql::3::b", "2.sql::1::a"};
    static const char *const versions[] = {"1.sql::1::a", "3", "2.sql::1::a"};
    for (guint i = 0; i < migrations->len; i++) {
        const WendMigration *one = migrations->pdata[i];
        g_assert_cmpstr(one->id, ==, ids[i]);
        g_assert_cmpstr(one->version, ==, versions[i]);
    }
    assert_problems(problems,
                    "W 0.sql:1 left out: it does not begin with -- liquibase formatted sql\n");
    WendMigration *last = migrations->pdata[2];
    wend_format_liquibase.load(last, WEND_DIALECT_SQLITE, problems);
    g_assert_cmpstr(g_hash_table_lookup(last->up->values, "p"), ==, "v");
    sandbox_free(path);
}

static WendApplied *row(const char *id, const char *author, const char *file)
{
    WendApplied *applied = wend_applied_new(WEND_KIND_VERSIONED, id, id, author);
    applied->more = g_strjoin("\n", id, author, file, NULL);
    return applied;
}

/* A row is the changeset's whose path is most alike, whatever the case of its author. */
static void test_settle(void)
{
    static const struct {
        const char *id, *author, *file, *is;
    } cases[] = {
        {"1", "ann", "db/log/a/x.sql", "a/x.sql::1::ann"},
        {"1", "ANN", "b/x.sql", "b/x.sql::1::ann"},
        {"1", "ann", "classpath:a/x.sql", "a/x.sql::1::ann"},
        {"1", "ann", "x.sql", "a/x.sql::1::ann"},
        {"1", "ann", "other/y.sql", "1"},
        {"2", "ann", "a/x.sql", "2"},
        {"1", "bob", "a/x.sql", "1"},
    };
    g_autoptr(ToolFolder) folder = tool_folder_new("liquibase", WEND_DIALECT_SQLITE);
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)wend_applied_free);
    tool_folder_write(folder, "a/x.sql", "--liquibase formatted sql\n--changeset ann:1\nA");
    tool_folder_write(folder, "b/x.sql", "--liquibase formatted sql\n--changeset ann:1\nB");
    tool_folder_scan(folder);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_ptr_array_add(rows, row(cases[i].id, cases[i].author, cases[i].file));
    g_assert_true(folder->format->history->settle(rows, folder->migrations, NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpstr(((const WendApplied *)rows->pdata[i])->id, ==, cases[i].is);
}

/* Of many in one file, each row finds its own. */
static void test_many(void)
{
    enum { MANY = 1000 };
    g_autoptr(GString) text = g_string_new("--liquibase formatted sql\n");
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)wend_applied_free);
    for (guint i = 0; i < MANY; i++) {
        g_autofree char *id = g_strdup_printf("%05u", i);
        g_string_append_printf(text, "--changeset ann:%s\nSELECT 1;\n", id);
        g_ptr_array_add(rows, row(id, "ann", "log.sql"));
    }
    g_autoptr(ToolFolder) folder = tool_folder_new("liquibase", WEND_DIALECT_SQLITE);
    tool_folder_write(folder, "log.sql", text->str);
    tool_folder_scan(folder);
    g_assert_cmpuint(folder->migrations->len, ==, MANY);
    g_assert_true(folder->format->history->settle(rows, folder->migrations, NULL));
    for (guint i = 0; i < MANY; i++) {
        g_autofree char *id = g_strdup_printf("log.sql::%05u::ann", i);
        g_assert_cmpstr(((const WendApplied *)rows->pdata[i])->id, ==, id);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/liquibase/looks", test_looks);
    g_test_add_func("/liquibase/attributes", test_attributes);
    g_test_add_func("/liquibase/places", test_places);
    g_test_add_func("/liquibase/sums", test_sums);
    g_test_add_func("/liquibase/delimiters", test_delimiters);
    g_test_add_func("/liquibase/bad_input", test_bad_input);
    g_test_add_func("/liquibase/folder", test_folder);
    g_test_add_func("/liquibase/settle", test_settle);
    g_test_add_func("/liquibase/many", test_many);
    return g_test_run();
}
