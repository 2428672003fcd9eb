-- The server reads the text of each check anew in every statement that writes to its table, which took a tenth of the time of
-- a transaction of few rows. What remains is what levels and items may never be, however they were written. Buckets and
-- names are checked where they come in, and what a movement says by the levels, which are the sum of all movements:
-- see "inventory verify".
-- In the order in which transactions write.
lock table item, level, movement, command_record, event_bucket in access exclusive mode;
alter table movement
    drop constraint movement_bucket_range,
    drop constraint movement_states,
    drop constraint movement_quantity_range;
alter table command_record
    drop constraint command_record_bucket_range,
    drop constraint command_record_id_form;
alter table event_bucket
    drop constraint event_bucket_bucket_check,
    drop constraint event_bucket_next_sequence_check;
alter table item
    drop constraint item_bucket_range,
    drop constraint item_sku_size;
alter table level
    drop constraint level_bucket_range,
    drop constraint level_location_size;
