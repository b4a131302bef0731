/* SPDX-License-Identifier: MIT
 *
 * The driver that breaks. See breaker.h.
 */
#include "breaker.h"

#include <string.h>

static struct {
    const char *name;
    guint left, calls;
    WendCode code;
    bool forever, writes, broke;
} state;

static const WendDriver *real(void)
{
    return wend_driver_for("sqlite:", NULL);
}

/* Whether this call is to go on to the real driver. */
static bool pass(const char *name, bool writes, WendError *error)
{
    state.calls++;
    bool counts = state.writes ? writes : state.name == NULL || strcmp(state.name, name) == 0;
    if (state.left > 0 && counts && --state.left == 0) {
        state.broke = true;
        return wend_error_set(error, state.code, BREAKER_MESSAGE);
    }
    if (state.broke && state.forever)
        return wend_error_set(error, state.code, BREAKER_MESSAGE);
    return true;
}

static bool query(WendConnection *connection, const WendQuery *one, WendRowFn row, void *data,
                  WendError *error)
{
    return pass("query", false, error) && real()->query(connection, one, row, data, error);
}

static bool read_all(WendConnection *connection, const WendRead *reads, guint count, guint *failed,
                     WendError *error)
{
    for (*failed = 0; *failed < count; ++*failed) {
        if (!query(connection, reads[*failed].query, reads[*failed].row, reads[*failed].data,
                   error))
            return false;
    }
    return true;
}

static bool find_tables(WendConnection *connection, const char *const *names, WendOwnTable *tables,
                        WendError *error)
{
    return pass("find_tables", false, error) &&
           real()->find_tables(connection, names, tables, error);
}

static bool is_empty(WendConnection *connection, const char *const *own, bool *empty,
                     WendError *error)
{
    return pass("is_empty", false, error) && real()->is_empty(connection, own, empty, error);
}

static bool writable(WendConnection *connection, WendError *error)
{
    return pass("writable", false, error) && real()->writable(connection, error);
}

static bool write_queries(WendConnection *connection, GPtrArray *queries, WendError *error)
{
    return pass("write", true, error) && real()->write(connection, queries, error);
}

static bool begin_step(WendConnection *connection, const WendStepSetup *setup, WendError *error)
{
    return pass("begin_step", false, error) && real()->begin_step(connection, setup, error);
}

static bool transact(WendConnection *connection, const WendWork *work, WendWorked *worked,
                     WendError *error)
{
    *worked = (WendWorked){.piece = -1, .offset = -1};
    return pass("transact", true, error) && real()->transact(connection, work, worked, error);
}

static bool alone(WendConnection *connection, GPtrArray *before, const WendPiece *piece,
                  WendWorked *worked, WendError *error)
{
    *worked = (WendWorked){.piece = -1, .offset = -1};
    if (!pass("write", true, error) || !real()->write(connection, before, error))
        return false;
    *worked = (WendWorked){.piece = 0, .offset = -1, .begun = true};
    return pass("alone", true, error) && real()->alone(connection, NULL, piece, worked, error);
}

static bool settle(WendConnection *connection, WendError *error)
{
    return pass("settle", true, error) && real()->settle(connection, error);
}

static bool lock(WendConnection *connection, const char *journal, WendError *error)
{
    return pass("lock", false, error) && real()->lock(connection, journal, error);
}

static bool check(WendConnection *connection, WendError *error)
{
    return pass("check", false, error) && real()->check(connection, error);
}

static bool clean(WendConnection *connection, WendError *error)
{
    return pass("clean", true, error) && real()->clean(connection, error);
}

static bool list(WendConnection *connection, GPtrArray *names, WendError *error)
{
    return pass("list", false, error) && real()->list(connection, names, error);
}

static bool backup(WendConnection *connection, const char *file, WendError *error)
{
    return pass("backup", true, error) && real()->backup(connection, file, error);
}

const WendDriver *breaker_driver(void)
{
    static WendDriver driver;
    driver = *real();
    driver.query = query;
    driver.read = read_all;
    driver.find_tables = find_tables;
    driver.is_empty = is_empty;
    driver.writable = writable;
    driver.write = write_queries;
    driver.begin_step = begin_step;
    driver.transact = transact;
    driver.alone = alone;
    driver.settle = settle;
    driver.lock = lock;
    driver.check = check;
    driver.clean = clean;
    driver.list = list;
    driver.backup = backup;
    return &driver;
}

void breaker_arm(const char *name, guint nth, WendCode code, bool forever)
{
    memset(&state, 0, sizeof state);
    state.name = name;
    state.left = nth;
    state.code = code;
    state.forever = forever;
}

void breaker_kill(guint nth)
{
    breaker_arm(NULL, nth, WEND_CONNECT, true);
    state.writes = true;
}

bool breaker_broke(void)
{
    return state.broke;
}

guint breaker_calls(void)
{
    return state.calls;
}
