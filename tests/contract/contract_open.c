/* SPDX-License-Identifier: MIT
 *
 * Contract: the driver's names, opening, closing, and what may be shown of a URL.
 */
#include "contract.h"

#include <string.h>

static WendConnection *try_open(Bench *bench, const char *url, WendCreate create, WendError *error)
{
    WendConnect connect = {.url = url, .create = create, .lock_timeout_ms = 100};
    return bench->driver->open(&connect, error);
}

static void test_names(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    const WendDriver *driver = bench->driver;
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_assert_nonnull(driver->name);
    g_assert_nonnull(driver->title);
    g_autofree char *loud = g_ascii_strup(bench->url, -1);
    g_assert_true(wend_driver_for(bench->url, &error) == driver);
    g_assert_true(wend_driver_for(loud, &error) == driver);
    g_assert_true(bench->connection->driver == driver);
    g_autofree char *about = driver->about(bench->connection);
    g_assert_nonnull(strpbrk(about, "0123456789"));
}

static void test_missing(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *url = contract_target.missing(bench->url);
    const char *const nothing[] = {NULL};
    bool empty = false;
    WendConnection *connection = try_open(bench, url, WEND_CREATE_NOTHING, &error);
    if (!contract_target.missing_is_empty) {
        g_assert_null(connection);
        g_assert_cmpint(error.code, ==, WEND_CONNECT);
        g_assert_nonnull(error.hint);
        return;
    }
    g_assert_nonnull(connection);
    assert_done(bench->driver->is_empty(connection, nothing, &empty, &error));
    g_assert_true(empty);
    bench->driver->close(connection);
}

static void test_create(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    need(contract_target.creates, "it does not create databases");
    g_autofree char *url = contract_target.missing(bench->url);
    const char *const nothing[] = {NULL};
    bool empty = false;
    /* Not before something is about to be written. */
    WendConnection *connection = try_open(bench, url, WEND_CREATE_FILE, &error);
    g_assert_cmpstr(error.message, ==, NULL);
    assert_done(bench->driver->is_empty(connection, nothing, &empty, &error));
    g_assert_true(empty);
    bench->driver->close(connection);
    test_missing(bench, NULL);
    connection = try_open(bench, url, WEND_CREATE_FILE, &error);
    assert_done(bench->driver->writable(connection, &error));
    assert_done(bench->driver->writable(connection, &error));
    contract_items(connection);
    bench->driver->close(connection);
    connection = try_open(bench, url, WEND_CREATE_NOTHING, &error);
    assert_looks(connection, "SELECT count(*) FROM items", "0\n");
    bench->driver->close(connection);
    contract_target.discard(url);
}

static void remember_notice(const char *text, void *data)
{
    g_string_append_printf(data, "%s\n", text);
}

/* On a server only who says so gets a new database, and is told of it once. */
static void test_create_database(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    need(!contract_target.missing_is_empty, "it needs none");
    g_autofree char *url = contract_target.missing(bench->url);
    g_autoptr(GString) notices = g_string_new(NULL);
    WendConnect connect = {.url = url,
                           .create = WEND_CREATE_DATABASE,
                           .lock_timeout_ms = 1000,
                           .watch = {.notice = remember_notice, .data = notices}};
    g_assert_null(try_open(bench, url, WEND_CREATE_FILE, &error));
    g_assert_cmpint(error.code, ==, WEND_CONNECT);
    g_assert_nonnull(strstr(error.hint, "--create-database"));
    wend_error_clear(&error);
    for (guint i = 0; i < 2; i++) {
        WendConnection *connection = bench->driver->open(&connect, &error);
        g_assert_cmpstr(error.message, ==, NULL);
        assert_done(bench->driver->writable(connection, &error));
        if (i == 0)
            contract_items(connection);
        assert_looks(connection, "SELECT count(*) FROM items", "0\n");
        bench->driver->close(connection);
    }
    g_assert_nonnull(strstr(notices->str, " was made\n"));
    g_assert_true(strchr(notices->str, '\n') == notices->str + notices->len - 1);
    contract_target.discard(url);
}

static void test_unreachable(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *url = contract_target.unreachable(bench->url);
    g_assert_null(try_open(bench, url, WEND_CREATE_DATABASE, &error));
    g_assert_cmpint(error.code, ==, WEND_CONNECT);
    g_assert_nonnull(error.message);
    g_assert_nonnull(error.hint);
    g_assert_null(try_open(bench, url, WEND_CREATE_FILE, NULL));
}

static void test_nonsense(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_assert_null(try_open(bench, contract_target.nonsense, WEND_CREATE_FILE, &error));
    g_assert_cmpint(error.code, ==, WEND_USAGE);
    g_assert_nonnull(error.message);
    g_assert_nonnull(error.hint);
}

static void test_place(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    need(bench->driver->place, "its URLs name no files");
    const ContractTarget *target = &contract_target;
    g_autofree char *absolute = bench->driver->place(bench->url, "/srv");
    if (target->relative == NULL) {
        g_assert_null(absolute);
        return;
    }
    g_assert_cmpstr(absolute, ==, bench->url);
    g_autofree char *placed = bench->driver->place(target->relative, "/srv/a b");
    g_assert_cmpstr(placed, ==, target->placed);
}

static void test_display(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    g_autofree char *plain = bench->driver->display(bench->url);
    g_assert_cmpstr(plain, !=, "");
    need(contract_target.secret_url, "its URLs hold no passwords");
    g_autofree char *shown = bench->driver->display(contract_target.secret_url);
    g_assert_null(strstr(shown, contract_target.secret));
    g_assert_null(try_open(bench, contract_target.secret_url, WEND_CREATE_NOTHING, &error));
    g_assert_null(strstr(error.message, contract_target.secret));
    g_assert_true(error.hint == NULL || strstr(error.hint, contract_target.secret) == NULL);
}

static void test_close(Bench *bench, G_GNUC_UNUSED gconstpointer data)
{
    g_auto(WendError) error = WEND_ERROR_INIT;
    WendWorked worked;
    bench->driver->close(NULL);
    contract_items(bench->connection);
    contract_step(bench->connection, "INSERT INTO items VALUES (1, 'kept')");
    contract_begin(bench->connection);
    assert_done(
        WORK(bench->connection, WEND_JOIN_ALL, &worked, "INSERT INTO items VALUES (2, 'x')"));
    g_assert_false(worked.settled);
    contract_reopen(bench, 0, 0);
    assert_looks(bench->connection, "SELECT id FROM items", "1\n");
    contract_step(bench->connection, "INSERT INTO items VALUES (2, 'again')");
}

void contract_open_tests(void)
{
    contract_add("open/names", test_names);
    contract_add("open/missing", test_missing);
    contract_add("open/create", test_create);
    contract_add("open/create-database", test_create_database);
    contract_add("open/unreachable", test_unreachable);
    contract_add("open/nonsense", test_nonsense);
    contract_add("open/place", test_place);
    contract_add("open/display", test_display);
    contract_add("open/close-rolls-back", test_close);
}
