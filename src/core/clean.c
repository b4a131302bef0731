/* SPDX-License-Identifier: MIT
 *
 * Emptying a target. See clean.h.
 */
#include "core/clean.h"

bool wend_clean(WendProject *project, WendError *error)
{
    const WendDriver *driver = project->driver;
    if (!wend_project_find(project, error) || !driver->writable(project->connection, error) ||
        !driver->lock(project->connection, project->journal.table, error))
        return false;
    bool ok = driver->clean(project->connection, error);
    driver->unlock(project->connection);
    return ok;
}
