-- wend:up
CREATE OR REPLACE VIEW "Reporting".best_members AS
SELECT members.id, email, sum(gross) AS spent
FROM app.members
JOIN app.orders ON orders.member = members.id
GROUP BY members.id
HAVING sum(gross) > 50;

-- wend:down
DROP VIEW "Reporting".best_members;
