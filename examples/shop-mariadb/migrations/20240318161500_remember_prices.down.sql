DROP SEQUENCE invoice_numbers;
DROP TABLE price_list;
