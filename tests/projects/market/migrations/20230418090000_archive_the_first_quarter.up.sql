-- Nothing is archived that still has lines.
DELETE FROM app.order_lines WHERE placed_on >= '2023-01-01' AND placed_on < '2023-04-01';

CREATE SCHEMA archive;
ALTER TABLE app.orders DETACH PARTITION app.orders_2023_q1 CONCURRENTLY;
ALTER TABLE app.orders_2023_q1 SET SCHEMA archive;
