-- statements: 5
SELECT a->>'k', a#>'{b;c}', a @> '{}', a ? ';', a ?| array[';'], a ?& array['x'];
SELECT 1 +-- a comment; begins in the operator
2;
SELECT 1 */* so does this one; */ 2;
SELECT a[1:2], a[lo:hi], a[:1], b::int[], c::text::varchar, @ -5, |/ 25, !!1, a <-> b, a &&& b;
SELECT 1 - -1, 2-(-2), x#>>'{a}';
