-- Not as '^[!-~]{1,255}$': a bounded repetition takes the server 30 us for each row.
alter table command_record
    drop constraint command_record_id_form,
    add constraint command_record_id_form check (octet_length(command_id) between 1 and 255 and command_id !~ '[^!-~]');
alter table reservation
    drop constraint reservation_id_form,
    add constraint reservation_id_form check (
        octet_length(reservation_id) between 1 and 255 and reservation_id !~ '[^!-~]');

-- Vacuumed early, for what it knows of pages that all see alike: without that a count must look at every row.
alter table item set (autovacuum_vacuum_scale_factor = 0.02);
alter table level set (autovacuum_vacuum_scale_factor = 0.05);
