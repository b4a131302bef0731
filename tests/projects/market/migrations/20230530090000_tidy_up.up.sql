-- Data and what cannot run in a transaction, in turn.
DELETE FROM app.members WHERE status = 'gone' AND NOT EXISTS (SELECT FROM app.orders WHERE member = members.id)
    AND id > 100000;
VACUUM (ANALYZE) app.members;
ALTER TABLE app.order_lines SET (fillfactor = 90);
REINDEX INDEX CONCURRENTLY app.members_email;
VACUUM app.order_lines;
