/* SPDX-License-Identifier: MIT
 *
 * Stored scripts: a long one in parts that no character is cut by, and back in one piece, or not at all.
 */
#include "core/store.h"

#include "stage.h"

#include <string.h>

#define PART (256 * 1024)

/* `length` bytes of characters of four bytes each, behind `shift` others; no two parts are alike. Caller frees. */
static char *long_text(guint shift, gsize length)
{
    GString *text = g_string_new("-- ");
    while (text->len < 3 + shift)
        g_string_append_c(text, 'x');
    for (gunichar character = 0x10000; text->len + 4 <= length; character++)
        g_string_append_unichar(text, character);
    while (text->len < length)
        g_string_append_c(text, 'x');
    return g_string_free(text, FALSE);
}

/* Takes over `text`, and stores it twice. */
static WendScript *store(Stage *stage, char *text)
{
    WendScript *script = wend_script_new("1_a.sql", 1, text, strlen(text));
    for (guint i = 0; i < 2; i++) {
        g_autoptr(GPtrArray) queries = wend_queries_new();
        wend_store_add(&stage->project->journal, script, queries);
        assert_done(stage, stage->project->driver->write(stage->project->connection, queries,
                                                         &stage->error));
    }
    return script;
}

static void prepare(Stage *stage)
{
    stage_write(stage, "1_a.sql", "CREATE TABLE a (x);");
    assert_done(stage, stage_up(stage));
    stage_read(stage);
    stage_sql(stage, "DELETE FROM wend_scripts");
}

static void assert_stored(Stage *stage, const WendScript *script)
{
    g_autofree char *text = NULL;
    assert_done(stage, wend_project_stored(stage->project, script->checksum, &text, &stage->error));
    g_assert_true(g_strcmp0(text, script->text) == 0);
}

static void test_sizes(Stage *stage, gconstpointer data)
{
    static const struct {
        gsize length;
        const char *rows;
    } sizes[] = {{0, "1\n"},        {PART, "1\n"},         {PART + 1, "3\n"},
                 {2 * PART, "3\n"}, {2 * PART + 4, "4\n"}, {9 * PART + 77, "11\n"}};
    (void)data;
    prepare(stage);
    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++) {
        stage_sql(stage, "DELETE FROM wend_scripts");
        char *text = sizes[i].length > 0 ? long_text(1, sizes[i].length) : g_strdup("");
        g_autoptr(WendScript) script = store(stage, text);
        assert_rows(stage, "SELECT count(*) FROM wend_scripts", sizes[i].rows);
        assert_stored(stage, script);
    }
}

static void test_characters(Stage *stage, gconstpointer data)
{
    (void)data;
    prepare(stage);
    for (guint shift = 0; shift < 4; shift++) {
        stage_sql(stage, "DELETE FROM wend_scripts");
        g_autoptr(WendScript) script = store(stage, long_text(shift, 3 * PART + 100));
        g_autofree char *parts = stage_rows(stage, "SELECT script FROM wend_scripts");
        g_assert_true(g_utf8_validate(parts, -1, NULL));
        assert_stored(stage, script);
    }
}

static void test_damage(Stage *stage, gconstpointer data)
{
    static const char *const harms[] = {
        "DELETE FROM wend_scripts WHERE script LIKE '-- x%'",
        "UPDATE wend_scripts SET script = script || ' ' WHERE script LIKE '-- x%'",
        "UPDATE wend_scripts SET script = script || substr(script, -65) WHERE script LIKE "
        "'-- wend:%'",
        "UPDATE wend_scripts SET script = '-- wend:parts\n' WHERE script LIKE '-- wend:%'",
        "UPDATE wend_scripts SET script = '' WHERE script LIKE '-- wend:%'"};
    (void)data;
    prepare(stage);
    for (gsize i = 0; i < G_N_ELEMENTS(harms); i++) {
        stage_sql(stage, "DELETE FROM wend_scripts");
        g_autoptr(WendScript) script = store(stage, long_text(1, 3 * PART));
        assert_stored(stage, script);
        stage_sql(stage, harms[i]);
        g_autofree char *text = NULL;
        assert_fails(stage,
                     wend_project_stored(stage->project, script->checksum, &text, &stage->error),
                     WEND_DISAGREE, "a stored script is not what was recorded (");
        g_assert_null(text);
        wend_error_clear(&stage->error);
    }
}

/* A script that reads like what stands for parts is a script. */
static void test_alike(Stage *stage, gconstpointer data)
{
    (void)data;
    prepare(stage);
    g_autoptr(WendScript) script = store(stage, g_strdup("-- wend:parts\nabc\nSELECT 1;\n"));
    assert_stored(stage, script);
}

/* The way back of a file that is gone. */
static void test_down(Stage *stage, gconstpointer data)
{
    (void)data;
    g_autofree char *filling = long_text(2, 5 * PART);
    g_autofree char *down = g_strconcat(filling, "\nDROP TABLE a;\n", NULL);
    stage_files(stage, "1_a.up.sql", "CREATE TABLE a (x);", "1_a.down.sql", down, NULL);
    assert_done(stage, stage_up(stage));
    stage_remove(stage, "1_a.up.sql");
    stage_remove(stage, "1_a.down.sql");
    assert_rows(stage, OBJECTS, "a\n");
    assert_done(stage, stage_down(stage, 1));
    assert_rows(stage, OBJECTS, "");
}

#define TEST(path, function)                                                                       \
    g_test_add("/core/store/" path, Stage, NULL, stage_memory, function, stage_clear)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST("sizes", test_sizes);
    TEST("characters", test_characters);
    TEST("damage", test_damage);
    TEST("alike", test_alike);
    TEST("down", test_down);
    return g_test_run();
}
