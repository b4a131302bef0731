-- statements: 4
CREATE TABLE visit (id INTEGER PRIMARY KEY, "end" TEXT, [begin] TEXT);
create temp trigger visit_a before delete on visit begin select 1; delete from visit where "end" is null; end;
CREATE TEMPORARY TRIGGER visit_b BEFORE DELETE ON visit
BEGIN
    /* the end; really */
    INSERT INTO visit ("end", [begin]) VALUES ('end;', 'begin;'); -- end;
    SELECT OLD."end", OLD.[begin];
END ;
DELETE FROM visit;
