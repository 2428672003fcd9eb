-- Brands are few, small and read everywhere, so they have no bucket; on Citus this is a reference table.
create table brand (
    id uuid primary key,
    slug text not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and octet_length(slug) <= 63),
    name text not null check (octet_length(name) between 1 and 200),
    -- 1 active, 2 suspended
    status smallint not null check (status in (1, 2)),
    created_at timestamptz not null
);

-- What callers prove with who they are. A kind is added for each further way; API keys are 1.
-- The bucket is the last six bits of the id. No secret is here, only its SHA-256.
create table credential (
    bucket smallint not null check (bucket between 0 and 63),
    brand_id uuid not null references brand (id),
    id uuid not null,
    kind smallint not null check (kind = 1),
    digest bytea not null check (octet_length(digest) = 32),
    scopes text[] not null check (cardinality(scopes) between 1 and 64),
    note text not null check (octet_length(note) <= 200),
    created_by text not null,
    created_at timestamptz not null,
    expires_at timestamptz check (expires_at > created_at),
    revoked_at timestamptz,
    last_used_at timestamptz,
    primary key (bucket, brand_id, id)
);
-- Verifying knows the id, not the brand.
create index credential_by_id on credential (bucket, id);
-- Lists of a brand, the newest first.
create index credential_by_brand on credential (brand_id, id desc);
