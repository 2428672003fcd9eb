create table note (
    id bigint primary key,
    text text not null
);

create table note_change (
    note_id bigint not null,
    at timestamptz not null
) partition by range (at);
