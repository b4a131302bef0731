-- statements: 3
WITH RECURSIVE counter(n) AS (
    SELECT 1
    UNION ALL
    SELECT n + 1 FROM counter WHERE n < 100
)
INSERT INTO number SELECT n FROM counter;

WITH ranked AS (SELECT id, row_number() OVER (PARTITION BY kind ORDER BY id) AS place FROM item)
DELETE FROM item WHERE id IN (SELECT id FROM ranked WHERE place > 3);
VALUES (1e3), (1.5E-2), (.5), (0x1F), (1_000);
