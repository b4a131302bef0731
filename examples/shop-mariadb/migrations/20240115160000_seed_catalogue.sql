-- wend:up
INSERT INTO products (id, sku, name, description, price_cents, stock, attributes) VALUES
    (1, 'COF-V60-02', 'Pour-over dripper', 'Ceramic, for 1 to 4 cups; filters not included.', 2490, 4000, '{"colour": "white", "material": "ceramic"}'),
    (2, 'COF-GRND-H', 'Hand grinder', 'Steel burrs; 38 clicks from espresso to French press.', 8900, 1200, '{"material": "steel", "clicks": 38}'),
    (3, 'COF-KTL-GN', 'Gooseneck kettle', '0.9 l; the chef\'s choice; holds its temperature.', 6450, 1500, '{"colour": "black", "litres": 0.9}'),
    (4, 'KNF-SNT-18', 'Santoku knife 18 cm', 'Three layers, walnut handle.', 11900, 800, '{"blade_cm": 18, "handle": "walnut"}'),
    (5, 'KNF-PAR-09', 'Paring knife 9 cm', 'For everything small.', 3450, 2500, '{"blade_cm": 9, "handle": "walnut"}'),
    (6, 'NTB-A5-DOT', 'Notebook A5, dotted', '192 pages, lies flat -- really.', 1690, 9000, '{"pages": 192, "colour": "white"}'),
    (7, 'NTB-A6-PLN', 'Notebook A6, plain', '96 pages, fits a pocket.', 990, 9000, '{"pages": 96}'),
    (8, 'PEN-FTN-M', 'Fountain pen, M', 'Steel nib, converter included.', 4900, 3000, '{"nib": "M", "colour": "black"}');

-- wend:down
DELETE FROM products WHERE id BETWEEN 1 AND 8;
