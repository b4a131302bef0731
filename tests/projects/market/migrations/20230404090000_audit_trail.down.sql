DROP FUNCTION audit.note() CASCADE;
UPDATE app.tenants SET settings = settings - 'audited';
DROP TABLE audit.trail;
