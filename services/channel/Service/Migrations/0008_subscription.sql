-- How far each connection's platform was asked to send its notifications; written by whoever has the connection's lease.
create table subscription (
    brand_id uuid not null,
    connection_id text collate "C" not null,
    -- Where the platform was last asked to send them.
    address text not null,
    -- Of the connection as it was then: after any change it is asked anew.
    connection_version bigint not null,
    -- The platform's names of what it sends there.
    topics text[] not null,
    -- When it was last found, or made, to send all of them; null: never to this address.
    subscribed_at timestamptz,
    due_at timestamptz not null,
    -- How often it failed in a row.
    tries bigint not null,
    error text not null,
    primary key (brand_id, connection_id),
    foreign key (brand_id, connection_id) references connection on delete cascade
);

-- Nobody reads them: the first is here now, and pages of polls are kept with the polls.
alter table connection_health drop column subscribed_at, drop column orders_page;
