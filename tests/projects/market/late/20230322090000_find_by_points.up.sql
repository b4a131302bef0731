-- From a branch that was opened in March, when points were new.
CREATE INDEX CONCURRENTLY members_points ON app.members (points DESC, id);
