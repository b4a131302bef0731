/* SPDX-License-Identifier: MIT
 *
 * A service that brings its database up to date before it serves. Its own migrations are built in; those of
 * whoever runs it come from a folder that NOTES_MIGRATIONS names, if it does. Any number of these may start at
 * once. It logs in logfmt to standard error.
 */
#include "migrations.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Settings {
    const char *database, *address;
    unsigned port;        /* 0 = the kernel chooses */
    int64_t wait_seconds; /* for a server that does not answer yet */
    bool newer;           /* serve beside a newer release, which has migrated further */
} Settings;

static volatile sig_atomic_t stop; /* how often SIGTERM or SIGINT has come */

static void on_signal(int number)
{
    (void)number;
    stop = stop + 1;
}

/* --- the log --- */

static void log_error(const WendError *error)
{
    char line[2000];
    wend_error_line(error, WEND_LOG_LOGFMT, line, sizeof line);
    fprintf(stderr, "%s\n", line);
}

static void on_notice(const WendNotice *notice, void *data)
{
    char line[2000];
    (void)data;
    wend_notice_line(notice, WEND_LOG_LOGFMT, line, sizeof line);
    fprintf(stderr, "%s\n", line);
}

/* --- migrations --- */

/* This service's own track. Each track has a history table; the journal is common to all. */
static WendOptions options_for(const Settings *settings)
{
    WendOptions options = WEND_OPTIONS_INIT;
    options.database = settings->database;
    options.track = "notes";
    options.table = "notes_migrations";
    options.files = migrations;
    options.file_count = migrations_count;
    return options;
}

/* The next track: a folder of the user's. */
static WendOptions users_options_for(const Settings *settings, const char *folder)
{
    WendOptions options = options_for(settings);
    options.track = "user";
    options.table = "user_migrations";
    options.files = NULL;
    options.file_count = 0;
    options.migrations = folder;
    return options;
}

/* One of several that start at once applies what is pending; the others wait for it, and find nothing left. */
static WendCode migrate(const Settings *settings, WendOptions options)
{
    WendError error = WEND_ERROR_INIT;
    options.wait_ms = settings->wait_seconds * 1000;
    options.lock_timeout_ms = 10 * 60 * 1000; /* longer than all migrations together take */
    options.newer = settings->newer;
    options.notice = on_notice;
    options.cancel = &stop;
    WendHandle *handle = wend_open(&options, &error);
    if (handle == NULL || !wend_up(handle, NULL, NULL, &error))
        log_error(&error);
    wend_close(handle);
    WendCode code = error.code;
    wend_error_clear(&error);
    return code;
}

static WendCode migrate_all(const Settings *settings)
{
    const char *folder = getenv("NOTES_MIGRATIONS");
    WendCode code = migrate(settings, options_for(settings));
    if (code == WEND_OK && folder != NULL && *folder != '\0')
        code = migrate(settings, users_options_for(settings, folder));
    return code;
}

/* --- HTTP --- */

/* Called by one thread only, that of the daemon; the handle is kept from call to call. A version is of digits and
 * dots, and needs no quoting. */
static unsigned health(const Settings *settings, WendHandle **handle, char *json, size_t size)
{
    WendSummary summary;
    WendError error = WEND_ERROR_INIT;
    WendOptions options = options_for(settings);
    if (*handle == NULL)
        *handle = wend_open(&options, &error);
    if (*handle != NULL && wend_summary(*handle, &summary, &error)) {
        snprintf(json, size, "{\"status\":\"ok\",\"version\":\"%s\",\"pending\":%u,\"newer\":%u}\n",
                 summary.version, summary.pending, summary.missing);
        return MHD_HTTP_OK;
    }
    log_error(&error);
    snprintf(json, size, "{\"status\":\"failed\",\"code\":%d}\n", (int)error.code);
    wend_error_clear(&error);
    /* The next call opens it again. */
    wend_close(*handle);
    *handle = NULL;
    return MHD_HTTP_SERVICE_UNAVAILABLE;
}

typedef struct Server {
    const Settings *settings;
    WendHandle *handle;
} Server;

static enum MHD_Result answer(void *data, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **request)
{
    Server *server = data;
    char json[300] = "{\"status\":\"no such page\"}\n";
    unsigned status = MHD_HTTP_NOT_FOUND;
    (void)version, (void)upload, (void)upload_size, (void)request;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0)
        return MHD_NO;
    if (strcmp(url, "/healthz") == 0)
        status = health(server->settings, &server->handle, json, sizeof json);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(json), json, MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

/* `signals`: the mask to wait with. */
static int serve(const Settings *settings, const sigset_t *signals)
{
    Server server = {settings, NULL};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(settings->port)};
    if (inet_pton(AF_INET, settings->address, &address.sin_addr) != 1) {
        fprintf(stderr, "level=error event=listen text=\"no address: %s\"\n", settings->address);
        return WEND_USAGE;
    }
    struct MHD_Daemon *daemon =
        MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, answer, &server,
                         MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_END);
    if (daemon == NULL) {
        fprintf(stderr, "level=error event=listen text=\"cannot listen there\"\n");
        return EXIT_FAILURE;
    }
    fprintf(stderr, "level=info event=serving port=%u\n",
            MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    while (stop == 0)
        sigsuspend(signals);
    MHD_stop_daemon(daemon);
    wend_close(server.handle);
    fprintf(stderr, "level=info event=ended\n");
    return EXIT_SUCCESS;
}

/* --- the program --- */

static bool read_settings(int argc, char **argv, Settings *settings)
{
    static const struct option known[] = {{"listen", required_argument, NULL, 'l'},
                                          {"newer", no_argument, NULL, 'n'},
                                          {"port", required_argument, NULL, 'p'},
                                          {"wait", required_argument, NULL, 'w'},
                                          {0}};
    int option;
    while ((option = getopt_long(argc, argv, "l:np:w:", known, NULL)) != -1) {
        switch (option) {
        case 'l':
            settings->address = optarg;
            break;
        case 'n':
            settings->newer = true;
            break;
        case 'p':
            settings->port = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'w':
            settings->wait_seconds = strtoll(optarg, NULL, 10);
            break;
        default:
            return false;
        }
    }
    settings->database = getenv("DATABASE_URL");
    return optind == argc && settings->database != NULL;
}

int main(int argc, char **argv)
{
    Settings settings = {.address = "127.0.0.1", .port = 8080};
    struct sigaction action = {.sa_handler = on_signal};
    sigset_t ends, before;
    if (!read_settings(argc, argv, &settings)) {
        fprintf(stderr,
                "usage: DATABASE_URL=URL %s [--listen ADDRESS] [--port PORT] [--wait SECONDS] "
                "[--newer]\n",
                argv[0]);
        return WEND_USAGE;
    }
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    WendCode code = migrate_all(&settings);
    if (code != WEND_OK)
        return code;
    /* None is lost between looking at `stop` and waiting; only this thread gets them. */
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, &before);
    /* Asked too late for the migrations to be stopped, and before it serves. */
    return stop == 0 ? serve(&settings, &before) : WEND_INTERRUPTED;
}
