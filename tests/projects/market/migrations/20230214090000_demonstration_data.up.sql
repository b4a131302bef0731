INSERT INTO app.tenants (id, name, settings, country)
SELECT md5('tenant' || n)::uuid, 'Tenant ' || n,
       jsonb_build_object('theme', CASE WHEN n % 2 = 0 THEN 'dark' ELSE 'light' END, 'limits', jsonb_build_object('listings', n * 10)),
       (ARRAY['AT', 'DE', 'FR', 'IE', 'SE'])[n]
FROM generate_series(1, 5) AS n;

INSERT INTO app.members (id, tenant, email, status, profile)
SELECT n, md5('tenant' || 1 + n % 5)::uuid, format('member%s@example.com', n),
       (ARRAY['invited', 'active', 'active', 'gone'])[1 + n % 4],
       CASE WHEN n % 3 > 0 THEN jsonb_build_object('name', 'Member ' || n, 'langs', '["de", "en"]'::jsonb) END
FROM generate_series(1, 1200) AS n;
SELECT setval(pg_get_serial_sequence('app.members', 'id'), 1200);

INSERT INTO app."Listings" ("TenantId", "Title", "Price; €", "Tags", "Data")
SELECT md5('tenant' || 1 + n % 5)::uuid, 'Thing N° ' || n, n % 90 + 0.99, ARRAY['t' || n % 7, 'all'],
       jsonb_build_object('weight', n % 11, 'colour', CASE n % 3 WHEN 0 THEN 'red' WHEN 1 THEN 'blue' END)
FROM generate_series(1, 700) AS n;

INSERT INTO app.orders (member, placed_on)
SELECT 1 + n % 1200, '2022-01-01'::date + n % 730 FROM generate_series(1, 3000) AS n;

INSERT INTO app.order_lines ("order", placed_on, line, listing, amount)
SELECT orders.id, placed_on, line, 1 + (orders.id * line) % 700, line * 9.99
FROM app.orders, generate_series(1, 2) AS line;
