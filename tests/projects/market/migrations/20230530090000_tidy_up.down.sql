ALTER TABLE app.order_lines RESET (fillfactor);
