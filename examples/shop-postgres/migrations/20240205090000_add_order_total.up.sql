-- wend: phase expand
-- The order list joined and summed the lines of every order on every page view. The trigger first, so
-- that nothing is missed while the old orders are filled in, a thousand per transaction.
ALTER TABLE orders ADD COLUMN total_cents integer;

CREATE FUNCTION sum_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE orders SET total_cents = (
        SELECT coalesce(sum(quantity * unit_price_cents), 0)
        FROM order_items WHERE order_id = orders.id
    )
    WHERE id IN (OLD.order_id, NEW.order_id);
    RETURN NULL;
END;
$$;

CREATE TRIGGER order_items_sum AFTER INSERT OR UPDATE OR DELETE ON order_items
    FOR EACH ROW EXECUTE FUNCTION sum_order();

-- wend: batch size=1000 key=id
UPDATE orders SET total_cents = (
    SELECT coalesce(sum(quantity * unit_price_cents), 0)
    FROM order_items WHERE order_id = orders.id
)
WHERE id IN (SELECT id FROM orders WHERE id > coalesce(:after, 0) ORDER BY id LIMIT :size)
RETURNING id;

ALTER TABLE orders ALTER COLUMN total_cents SET DEFAULT 0, ALTER COLUMN total_cents SET NOT NULL;
