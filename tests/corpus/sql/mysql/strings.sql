-- statements: 7
SELECT 'a\';b', "c\";d", 'e'';f', "g"";h", `i``;j`;
SELECT _utf8mb4'k;\'', _latin1"l;", N'm;\'', n'n', x'3b', X'3B', b'101', 0x3B, 0b11;
SELECT 'o\\'; SELECT "p\\";
SELECT 'q' 'r;' "s;";
SELECT @a := ';', @`b;c`, @'d;e', @"f;g", @@global.sql_mode, $ident, a$b;
SELECT 'multi
line; string', '\Z\0\n\%';
