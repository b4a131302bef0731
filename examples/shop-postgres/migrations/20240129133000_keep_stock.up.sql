-- What was imported before had left the shelf already, so nothing is counted again here.
CREATE FUNCTION take_stock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE products SET stock = stock - NEW.quantity
    WHERE id = NEW.product_id AND stock >= NEW.quantity;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'not enough of product % in stock', NEW.product_id
            USING HINT = 'Order less.';
    END IF;
    RETURN NEW;
END;
$$;

CREATE TRIGGER order_items_take_stock BEFORE INSERT ON order_items
    FOR EACH ROW EXECUTE FUNCTION take_stock();
