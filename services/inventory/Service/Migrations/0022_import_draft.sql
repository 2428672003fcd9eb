-- What the steps of a dry run have come to, for those that follow: the SKUs that they would have changed, each whole, as its
-- rows of item, level and lot would be. Logged, unlike what imports of other services keep apart: what a dry run has shown
-- cannot be taken back, and so must not be forgotten either.
create table import_draft (
    bucket smallint not null,
    brand_id uuid not null,
    job_id uuid not null,
    sku text collate "C" not null,
    version bigint not null,
    reorder_threshold bigint not null,
    reorder_quantity bigint not null,
    safety_buffer bigint not null,
    is_drop_ship boolean not null,
    channels text[] not null,
    channel_buffers bigint[] not null,
    reorder_source smallint,
    reorder_written_at timestamptz,
    buffers_source smallint,
    buffers_written_at timestamptz,
    drop_ship_source smallint,
    drop_ship_written_at timestamptz,
    -- Of its levels, one element each.
    location_ids text[] not null,
    available bigint[] not null,
    reserved bigint[] not null,
    quarantined bigint[] not null,
    in_transit bigint[] not null,
    incoming bigint[] not null,
    level_versions bigint[] not null,
    written_sources smallint[] not null,
    written_at timestamptz[] not null,
    -- Of its lots, one element each.
    lot_location_ids text[] not null,
    lot_ids text[] not null,
    lot_expires_at timestamptz[] not null,
    lot_available bigint[] not null,
    lot_reserved bigint[] not null,
    lot_quarantined bigint[] not null,
    primary key (bucket, brand_id, job_id, sku)
-- Vacuumed when a dry run's drafts are removed, and not while they come.
) with (autovacuum_vacuum_insert_threshold = -1);

-- The dry runs that have drafts.
create table import_draft_job (
    job_id uuid primary key,
    brand_id uuid not null
);
