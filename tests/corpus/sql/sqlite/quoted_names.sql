-- statements: 4
CREATE TABLE [begin; end] ("a;b" TEXT, `c;d` TEXT, [e;f] TEXT, 'g;h' TEXT);
INSERT INTO [begin; end] VALUES ('it''s; fine', "say ""hi;""", 'back\', x'3b3B');
SELECT "a;b", `c``;d`, [e;f] FROM [begin; end] WHERE "a;b" <> ';';
DROP TABLE [begin; end];
