/* SPDX-License-Identifier: MIT
 *
 * The heartbeat of a lease. While another node runs a data definition it stalls, as all others' writes do;
 * so does every waiter's, who then does not count the time.
 */
#include "db/mysql/beat.h"

#include <string.h>
#include <sys/socket.h>

#define EVERY_SECONDS  3
#define ANSWER_SECONDS 10

struct Beat {
    const MysqlUrl *url;
    char *sql;
    GThread *thread;
    GMutex mutex; /* for what follows */
    GCond cond;
    MYSQL *mysql;
    bool ending, lost;
};

/* A failure says nothing: the next one is as good. */
static void beat_once(Beat *beat)
{
    MYSQL *mysql = beat->mysql;
    if (mysql == NULL)
        mysql = wend_mysql_dial(beat->url, ANSWER_SECONDS, NULL);
    g_mutex_lock(&beat->mutex);
    beat->mysql = mysql;
    bool ending = beat->ending;
    g_mutex_unlock(&beat->mutex);
    if (mysql == NULL || ending)
        return;
    bool ok = mysql_real_query(mysql, beat->sql, strlen(beat->sql)) == 0;
    bool gone = !ok && wend_mysql_is_lost(mysql_errno(mysql));
    g_mutex_lock(&beat->mutex);
    beat->lost |= ok && mysql_affected_rows(mysql) == 0;
    if (gone)
        beat->mysql = NULL;
    g_mutex_unlock(&beat->mutex);
    if (gone)
        mysql_close(mysql);
}

static gpointer run(gpointer data)
{
    Beat *beat = data;
    mysql_thread_init();
    g_mutex_lock(&beat->mutex);
    while (!beat->ending && !beat->lost) {
        gint64 next = g_get_monotonic_time() + EVERY_SECONDS * G_TIME_SPAN_SECOND;
        g_mutex_unlock(&beat->mutex);
        beat_once(beat);
        g_mutex_lock(&beat->mutex);
        while (!beat->ending && g_cond_wait_until(&beat->cond, &beat->mutex, next))
            continue;
    }
    g_mutex_unlock(&beat->mutex);
    if (beat->mysql != NULL)
        mysql_close(beat->mysql);
    mysql_thread_end();
    return NULL;
}

Beat *wend_mysql_beat_start(const MysqlUrl *url, const char *sql)
{
    Beat *beat = g_new0(Beat, 1);
    beat->url = url;
    beat->sql = g_strdup(sql);
    g_mutex_init(&beat->mutex);
    g_cond_init(&beat->cond);
    beat->thread = g_thread_new("wend-beat", run, beat);
    return beat;
}

bool wend_mysql_beat_lost(Beat *beat)
{
    g_mutex_lock(&beat->mutex);
    bool lost = beat->lost;
    g_mutex_unlock(&beat->mutex);
    return lost;
}

void wend_mysql_beat_end(Beat *beat)
{
    g_mutex_lock(&beat->mutex);
    beat->ending = true;
    /* A stalled statement is not waited for. */
    if (beat->mysql != NULL)
        shutdown((int)mysql_get_socket(beat->mysql), SHUT_RDWR);
    g_cond_signal(&beat->cond);
    g_mutex_unlock(&beat->mutex);
    g_thread_join(beat->thread);
    g_mutex_clear(&beat->mutex);
    g_cond_clear(&beat->cond);
    g_free(beat->sql);
    g_free(beat);
}
