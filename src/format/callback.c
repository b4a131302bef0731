/* SPDX-License-Identifier: MIT
 *
 * The names of the moments. See callback.h.
 */
#include "format/callback.h"

#include "format/wend_name.h"

#include <string.h>

static const char *const names[] = {
    [WEND_BEFORE_UP] = "beforeUp",
    [WEND_BEFORE_EACH] = "beforeEach",
    [WEND_AFTER_EACH] = "afterEach",
    [WEND_AFTER_UP] = "afterUp",
    [WEND_BEFORE_DOWN] = "beforeDown",
    [WEND_BEFORE_EACH_DOWN] = "beforeEachDown",
    [WEND_AFTER_EACH_DOWN] = "afterEachDown",
    [WEND_AFTER_DOWN] = "afterDown",
    [WEND_ON_ERROR] = "onError",
    [WEND_MOMENTS] = NULL,
};

const char *wend_moment_name(WendMoment moment)
{
    return names[moment];
}

const char *const *wend_moment_names(void)
{
    return names;
}

bool wend_moment_parse(const char *word, gsize length, WendMoment *moment)
{
    for (guint i = 0; i < WEND_MOMENTS; i++) {
        if (strlen(names[i]) == length && strncmp(names[i], word, length) == 0) {
            *moment = (WendMoment)i;
            return true;
        }
    }
    return false;
}

bool wend_moment_is_of(WendMoment moment, bool up)
{
    return moment == WEND_ON_ERROR || (moment <= WEND_AFTER_UP) == up;
}

bool wend_moment_is_each(WendMoment moment)
{
    return moment == WEND_BEFORE_EACH || moment == WEND_AFTER_EACH ||
           moment == WEND_BEFORE_EACH_DOWN || moment == WEND_AFTER_EACH_DOWN;
}

void wend_callback_free(WendCallback *callback)
{
    wend_script_free(callback->script);
    g_free(callback);
}

bool wend_callback_name(const char *file, WendMoment *moment)
{
    if (!wend_name_is_sql(file))
        return false;
    const char *end = strstr(file, "__");
    gsize length = end != NULL ? (gsize)(end - file) : strlen(file) - strlen(".sql");
    return wend_moment_parse(file, length, moment);
}
