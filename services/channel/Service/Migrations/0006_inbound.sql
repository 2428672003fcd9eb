-- What platforms tell us, kept before it is answered: notifications as they came, and orders that were asked for.
create table inbound (
    brand_id uuid not null,
    inbound_id uuid not null,
    connection_id text collate "C" not null,
    -- InboundKind.
    kind smallint not null,
    source text not null check (source in ('webhook', 'poll', 'file')),
    topic text collate "C" not null,
    subject text collate "C" not null,
    -- By which a repeat is recognised; unique for as long as it is kept.
    event_id text collate "C" not null,
    -- When the platform says that it happened.
    happened_at timestamptz,
    -- Of a notification: "target", "names" and "values", so that it can be verified again.
    headers jsonb not null default '{}',
    body bytea not null,
    -- InboundStatus.
    status smallint not null,
    tries integer not null default 0,
    -- When it is worked on, or, while a process is at it, when another one may take it over.
    due_at timestamptz not null default now(),
    -- Counts who took it: an outcome counts only for the last one.
    claim bigint not null default 0,
    problem text not null default '',
    detail text not null default '',
    received_at timestamptz not null default now(),
    done_at timestamptz,
    dead_at timestamptz,
    primary key (brand_id, inbound_id)
);
create unique index inbound_event on inbound (brand_id, connection_id, topic, event_id);
create index inbound_received on inbound (brand_id, received_at desc, inbound_id desc);
create index inbound_subject on inbound (brand_id, connection_id, subject, received_at desc);
create index inbound_due on inbound (brand_id, connection_id, due_at) where status in (1, 3);
create index inbound_open on inbound (brand_id, connection_id, subject, received_at, inbound_id)
    where status in (1, 3);
create index inbound_dead on inbound (brand_id, dead_at desc, inbound_id desc) where status = 4;
create index inbound_done on inbound (done_at) where status = 2;

-- What is known of a platform's orders beside the order itself, which the order service has: so that each lowers the shelf
-- once, and one that was cancelled before it was taken in is not taken in later.
create table platform_order (
    brand_id uuid not null,
    connection_id text collate "C" not null,
    -- The platform's.
    order_id text collate "C" not null,
    -- Ours; null: it was not taken in.
    order_key text collate "C",
    is_cancelled boolean not null default false,
    taken_at timestamptz,
    seen_at timestamptz not null default now(),
    primary key (brand_id, connection_id, order_id)
);

-- How far each connection has asked its platform for orders. connection_health.orders_through says what is here for sure.
create table order_poll (
    brand_id uuid not null,
    connection_id text collate "C" not null,
    -- When to ask, or, while a process is at it, when another one may take it over.
    due_at timestamptz not null default now(),
    -- Counts who took it: what a process stores counts only for the last one.
    claim bigint not null default 0,
    -- The last time that somebody asked for a question at once.
    wanted_at timestamptz not null default '-infinity',
    -- The latest change, by the platform's clock, of the rounds that came to their end; null: none did.
    newest timestamptz,
    -- The round under way: when it began by our clock, since when it asks, its page, and the latest change in it.
    round_began_at timestamptz,
    round_since timestamptz,
    round_page text not null default '',
    round_newest timestamptz,
    tries integer not null default 0,
    error_code text not null default '',
    error text not null default '',
    primary key (brand_id, connection_id),
    foreign key (brand_id, connection_id) references connection on delete cascade
);

-- What a platform is to be told of its orders.
create table order_task (
    brand_id uuid not null,
    task_id uuid not null,
    connection_id text collate "C" not null,
    -- Ours, and the channel's.
    order_key text collate "C" not null,
    order_id text collate "C" not null,
    -- OrderTaskKind.
    kind smallint not null,
    -- Of a shipment or refund: its id; of a cancellation: the number of its entry in the order's log. One task for each.
    subject text collate "C" not null,
    -- What is to be told: the order's document as it stood, of a cancellation with the units that it cancelled.
    document bytea not null,
    -- OrderTaskStatus.
    status smallint not null,
    tries integer not null default 0,
    -- Whether a try may have been carried out: it is set before the task is sent.
    may_be_done boolean not null default false,
    due_at timestamptz not null default now(),
    claim bigint not null default 0,
    platform_id text not null default '',
    error_code text not null default '',
    error text not null default '',
    created_at timestamptz not null default now(),
    done_at timestamptz,
    dead_at timestamptz,
    primary key (brand_id, task_id)
);
create unique index order_task_subject on order_task (brand_id, connection_id, order_key, kind, subject);
create index order_task_created on order_task (brand_id, created_at desc, task_id desc);
create index order_task_order on order_task (brand_id, connection_id, order_id);
create index order_task_due on order_task (brand_id, connection_id, due_at) where status in (1, 3);
create index order_task_open on order_task (brand_id, order_key, created_at, task_id) where status in (1, 3);
create index order_task_dead on order_task (brand_id, dead_at desc, task_id desc) where status = 4;
create index order_task_done on order_task (done_at) where status in (2, 5);
