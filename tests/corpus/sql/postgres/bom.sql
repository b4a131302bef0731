-- statements: 2
SELECT 'ÄÖÜ;' AS ärger;
SELECT $ß$;$ß$;
