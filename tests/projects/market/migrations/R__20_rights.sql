-- wend:up
-- wend: substitute
GRANT SELECT ON ALL TABLES IN SCHEMA "Reporting" TO ${reader};
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA app TO ${reader};
REVOKE EXECUTE ON FUNCTION audit.note() FROM PUBLIC;

-- wend:down
-- wend: substitute
GRANT EXECUTE ON FUNCTION audit.note() TO PUBLIC;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA app FROM ${reader};
REVOKE SELECT ON ALL TABLES IN SCHEMA "Reporting" FROM ${reader};
