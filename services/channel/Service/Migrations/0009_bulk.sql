-- Of the bulk that a row is in, as long as that is under way: stock that goes to zero is sent meanwhile as well, and again
-- behind it. 'ended': the bulk has ended, and what it did may have come behind that.
alter table sync_work add column bulk_key text not null default '';
create index sync_work_bulk on sync_work (brand_id, connection_id) where bulk_key not in ('', 'ended');

-- How long an operation's bulks take, as the last one went.
create table bulk_pace (
    brand_id uuid not null,
    connection_id text collate "C" not null,
    operation text not null,
    -- Whatever it has, in seconds.
    seconds double precision not null,
    -- For each row, in seconds.
    seconds_per_row double precision not null,
    primary key (brand_id, connection_id, operation),
    foreign key (brand_id, connection_id) references connection on delete cascade
);

-- How often a listing may be changed yet, where its platform limits that; null: as often as ever.
alter table listing
    add column revisions double precision not null default 0,
    add column revisions_at timestamptz;
