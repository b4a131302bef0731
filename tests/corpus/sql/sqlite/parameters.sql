-- statements: 3
SELECT ?, ?1, :name, @name, $name, $a::b;
INSERT INTO t (a, b) VALUES (:a, :b) ON CONFLICT (a) DO UPDATE SET b = excluded.b;
UPDATE t SET a = ?2 || '?;' WHERE b -> '$.key' = 'x' AND b ->> '$.other' <> ';';
