DROP TABLE app.order_lines;
DROP FUNCTION app.sum_lines;
