-- statements: 4
delimiter $$
create trigger t before insert on a for each row
begin
    if new.x is null then set new.x = 1; end if;
end$$
drop procedure if exists p$$
create procedure p() begin select '$$'; select "$$"; select `$$` from `b`; /* $$ */ end $$
Delimiter ;
select 1;
