-- wend:up
CREATE OR REPLACE VIEW customer_overview AS
SELECT customers.id,
       customers.full_name,
       customers.country,
       count(orders.id) AS orders,
       coalesce(sum(orders.total_cents) FILTER (WHERE orders.status IN ('paid', 'shipped')), 0)
           AS spent_cents,
       max(orders.placed_at)::date AS last_order
FROM customers
LEFT JOIN orders ON orders.customer_id = customers.id
GROUP BY customers.id;

CREATE OR REPLACE VIEW report_monthly_revenue AS
SELECT date_trunc('month', placed_at)::date AS month,
       count(*) AS orders,
       sum(total_cents) AS revenue_cents
FROM orders
WHERE status IN ('paid', 'shipped')
GROUP BY 1;

-- wend:down
DROP VIEW report_monthly_revenue;
DROP VIEW customer_overview;
