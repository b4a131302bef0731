-- wend:up
CREATE MATERIALIZED VIEW "Reporting"."Sales" AS
SELECT date_trunc('month', placed_on)::date AS "Month", count(*) AS "Orders", sum(total) AS "Total"
FROM app.orders
GROUP BY 1
WITH NO DATA;
CREATE UNIQUE INDEX "Sales_Month" ON "Reporting"."Sales" ("Month");
REFRESH MATERIALIZED VIEW "Reporting"."Sales";
REFRESH MATERIALIZED VIEW CONCURRENTLY "Reporting"."Sales";

-- wend:down
DROP MATERIALIZED VIEW "Reporting"."Sales";
