-- wend:up
CREATE OR REPLACE VIEW customer_overview AS
SELECT customers.id,
       customers.full_name,
       customers.country,
       COUNT(orders.id) AS orders,
       COALESCE(SUM(IF(orders.status IN ('paid', 'shipped'), orders.total_cents, 0)), 0)
           AS spent_cents,
       DATE(MAX(orders.placed_at)) AS last_order
FROM customers
LEFT JOIN orders ON orders.customer_id = customers.id
GROUP BY customers.id;

CREATE OR REPLACE VIEW report_monthly_revenue AS
SELECT DATE_FORMAT(placed_at, '%Y-%m') AS month,
       COUNT(*) AS orders,
       SUM(total_cents) AS revenue_cents
FROM orders
WHERE status IN ('paid', 'shipped')
GROUP BY month;

-- wend:down
DROP VIEW report_monthly_revenue;
DROP VIEW customer_overview;
