-- statements: 3
SELECT $1, $2::int, a$b$c, $$;$$, $q$ $$;$$ $q$, $_$;$_$, $été$;$été$;
PREPARE p AS SELECT $1+$2, $t$;$;$t$, $3;
SELECT a$1 FROM t$2 WHERE x=$$a$b;$$;
