TRUNCATE app.order_lines, app.orders, app."Listings", app.members, app.tenants RESTART IDENTITY;
