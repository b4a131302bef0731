-- statements: 3
CREATE TABLE größe (straße TEXT, "naïve;name" TEXT);
INSERT INTO größe VALUES ('Köln; Süd', 'ß');
SELECT straße FROM größe;
