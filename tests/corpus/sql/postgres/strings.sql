-- statements: 8
SELECT 'plain \'; SELECT 'it''s;';
SELECT E'escaped \'; still', e'\\'; SELECT e'a' -- and on the next line; goes on
    '\';b', 'c\';
SELECT U&'d\0061t\+000061;', U&"d!0061;" UESCAPE '!';
SELECT B'1010', b'01', X'3B', x'3b', N'national;', n';';
SELECT "quoted; ""name""" FROM "a;b"."c;d";
SELECT 'over
two; lines' 'apart';
