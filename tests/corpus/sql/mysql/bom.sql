-- statements: 2
CREATE TABLE `größe` (straße VARCHAR(10));
INSERT INTO größe VALUES ('Köln;'), (_utf8mb4'ß;');
