-- wend:up
INSERT INTO categories (id, parent_id, slug, name) VALUES
    (1, NULL, 'kitchen', 'Kitchen'),
    (2, 1, 'coffee', 'Coffee & tea'),
    (3, 1, 'knives', 'Knives'),
    (4, NULL, 'stationery', 'Stationery'),
    (5, 4, 'notebooks', 'Notebooks');

INSERT INTO products (id, sku, name, description, price_cents, stock, created_at) VALUES
    (1, 'COF-V60-02', 'Pour-over dripper', 'Ceramic, for 1 to 4 cups; filters not included.', 2490, 40, '2024-01-15 16:00:00'),
    (2, 'COF-GRND-H', 'Hand grinder', 'Steel burrs; 38 clicks from espresso to French press.', 8900, 12, '2024-01-15 16:00:00'),
    (3, 'COF-KTL-GN', 'Gooseneck kettle', '0.9 l; the chef''s choice; holds its temperature.', 6450, 15, '2024-01-15 16:00:00'),
    (4, 'KNF-SNT-18', 'Santoku knife 18 cm', 'Three layers, walnut handle.', 11900, 8, '2024-01-15 16:00:00'),
    (5, 'KNF-PAR-09', 'Paring knife 9 cm', 'For everything small.', 3450, 25, '2024-01-15 16:00:00'),
    (6, 'NTB-A5-DOT', 'Notebook A5, dotted', '192 pages, lies flat -- really.', 1690, 120, '2024-01-15 16:00:00'),
    (7, 'NTB-A6-PLN', 'Notebook A6, plain', '96 pages, fits a pocket.', 990, 200, '2024-01-15 16:00:00'),
    (8, 'PEN-FTN-M', 'Fountain pen, M', 'Steel nib, converter included.', 4900, 30, '2024-01-15 16:00:00');

INSERT INTO product_categories (product_id, category_id) VALUES
    (1, 2), (2, 2), (3, 2), (4, 3), (5, 3), (6, 5), (7, 5), (8, 4);

-- wend:down
DELETE FROM product_categories WHERE product_id BETWEEN 1 AND 8;
DELETE FROM products WHERE id BETWEEN 1 AND 8;
DELETE FROM categories WHERE id IN (2, 3, 5);
DELETE FROM categories WHERE id IN (1, 4);
