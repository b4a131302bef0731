-- An enum loses no value: this one stays, unused, and the way up finds it there.
UPDATE orders SET status = 'cancelled' WHERE status = 'returned';
UPDATE audit_log SET was = 'cancelled' WHERE was = 'returned';
UPDATE audit_log SET became = 'cancelled' WHERE became = 'returned';
