/* SPDX-License-Identifier: MIT
 *
 * Fault points of the test build. See fault.h. The only place outside the program that reads the
 * environment, and not part of a normal build.
 */
#include "base/fault.h"

#ifdef WEND_FAULTS

#include <glib.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void wend_fault(const char *name)
{
    static const char *wanted;
    static gsize length;
    static int left = -1;
    if (left < 0) {
        wanted = getenv("WEND_FAULT");
        left = 0;
        if (wanted != NULL) {
            const char *colon = strchr(wanted, ':');
            length = colon != NULL ? (gsize)(colon - wanted) : strlen(wanted);
            left = colon != NULL ? atoi(colon + 1) : 1;
        }
    }
    if (left > 0 && strlen(name) == length && strncmp(name, wanted, length) == 0 && --left == 0)
        kill(getpid(), SIGKILL);
}

#endif

/* Keeps the file from being empty for the compiler in a normal build. */
typedef int WendFaultFile;
