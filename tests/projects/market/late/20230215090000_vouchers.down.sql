DROP TABLE app.vouchers;
DROP TYPE app."Voucher Kind";
