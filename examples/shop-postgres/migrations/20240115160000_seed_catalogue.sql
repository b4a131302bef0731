-- wend:up
-- The rows as pg_dump writes them, tabs between the columns.
COPY products (sku, name, description, price_cents, stock, tags, attributes, created_at) FROM stdin;
COF-V60-02	Pour-over dripper	Ceramic, for 1 to 4 cups; filters not included.	2490	4000	{coffee}	{"colour": "white", "material": "ceramic"}	2024-01-15 16:00:00+00
COF-GRND-H	Hand grinder	Steel burrs; 38 clicks from espresso to French press.	8900	1200	{coffee}	{"material": "steel", "clicks": 38}	2024-01-15 16:00:00+00
COF-KTL-GN	Gooseneck kettle	0.9 l; the chef's choice; holds its temperature.	6450	1500	{coffee,tea}	{"colour": "black", "litres": 0.9}	2024-01-15 16:00:00+00
KNF-SNT-18	Santoku knife 18 cm	Three layers, walnut handle.	11900	800	{knives}	{"blade_cm": 18, "handle": "walnut"}	2024-01-15 16:00:00+00
KNF-PAR-09	Paring knife 9 cm	For everything small.	3450	2500	{knives}	{"blade_cm": 9, "handle": "walnut"}	2024-01-15 16:00:00+00
NTB-A5-DOT	Notebook A5, dotted	192 pages, lies flat -- really.	1690	9000	{stationery}	{"pages": 192, "colour": "white"}	2024-01-15 16:00:00+00
NTB-A6-PLN	Notebook A6, plain	96 pages, fits a pocket.	990	9000	{stationery}	{"pages": 96}	2024-01-15 16:00:00+00
PEN-FTN-M	Fountain pen, M	Steel nib, converter included.	4900	3000	{stationery,gifts}	{"nib": "M", "colour": "black"}	2024-01-15 16:00:00+00
\.

-- wend:down
DELETE FROM products WHERE created_at = '2024-01-15 16:00:00+00';
