-- statements: 2
;;
; ;
SELECT 1;;;
-- nothing but a comment here
;
SELECT 2;
