DROP INDEX CONCURRENTLY app.members_points;
