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
    headers jsonb not null default '{}',
    body bytea not null,
    -- InboundStatus.
    status smallint not null,
    tries integer not null default 0,
    due_at timestamptz not null default now(),
    problem text not null default '',
    detail text not null default '',
    received_at timestamptz not null default now(),
    done_at timestamptz,
    primary key (brand_id, inbound_id)
);
create unique index inbound_event on inbound (brand_id, connection_id, topic, event_id);
create index inbound_received on inbound (brand_id, received_at desc, inbound_id desc);
create index inbound_due on inbound (due_at) where status in (1, 3);
create index inbound_subject on inbound (brand_id, connection_id, subject);

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
    -- Of a shipment or refund: its id. One task for each.
    subject text collate "C" not null,
    -- What is to be told: the order's document as it stood.
    document bytea not null,
    -- OrderTaskStatus.
    status smallint not null,
    tries integer not null default 0,
    may_be_done boolean not null default false,
    due_at timestamptz not null default now(),
    platform_id text not null default '',
    error_code text not null default '',
    error text not null default '',
    created_at timestamptz not null default now(),
    done_at timestamptz,
    primary key (brand_id, task_id)
);
create unique index order_task_subject on order_task (brand_id, connection_id, order_key, kind, subject);
create index order_task_created on order_task (brand_id, created_at desc, task_id desc);
create index order_task_due on order_task (due_at) where status in (1, 3);
