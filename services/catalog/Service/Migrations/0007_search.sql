-- What products are found by: made from each product in the transaction that writes it, and from nothing else.
create extension if not exists pg_trgm;

create table product_search (
    bucket smallint not null,
    brand_id uuid not null,
    sku text collate "C" not null,
    name text collate "C" not null,
    category text collate "C" not null,
    part_type text collate "C" not null,
    brand_label text collate "C" not null,
    status smallint not null,
    variant_group text collate "C" not null,
    changed_at timestamptz not null,
    -- Folded marks, valid or not.
    certifications text[] not null,
    -- Folded, as 'name=value'.
    attributes text[] not null,
    words tsvector not null,
    primary key (bucket, brand_id, sku),
    constraint product_search_bucket_range check (bucket between 0 and 63)
);
create index product_search_by_sku on product_search (brand_id, sku);
create index product_search_by_name on product_search (brand_id, name, sku);
create index product_search_by_change on product_search (brand_id, changed_at desc, sku);
create index product_search_by_category on product_search (brand_id, category, sku);
create index product_search_by_part_type on product_search (brand_id, part_type, sku);
create index product_search_by_variant_group on product_search (brand_id, variant_group, sku) where variant_group <> '';
create index product_search_words on product_search using gin (words) with (fastupdate = off);
create index product_search_certifications on product_search using gin (certifications) with (fastupdate = off);
create index product_search_attributes on product_search using gin (attributes) with (fastupdate = off);

-- The days on which a product has a mark.
create table product_certification (
    bucket smallint not null,
    brand_id uuid not null,
    sku text collate "C" not null,
    part smallint not null,
    -- Folded, and as it is written.
    mark_key text collate "C" not null,
    mark text not null,
    valid_from date,
    valid_to date,
    primary key (bucket, brand_id, sku, part)
);

create table product_attribute (
    bucket smallint not null,
    brand_id uuid not null,
    sku text collate "C" not null,
    part smallint not null,
    -- Folded.
    name_key text collate "C" not null,
    value text not null,
    -- Of a value that is a number: millionths of the base unit of its dimension, which is empty without a unit.
    micros bigint,
    dimension text collate "C" not null,
    primary key (bucket, brand_id, sku, part)
);
create index product_attribute_by_number on product_attribute (brand_id, name_key, dimension, micros, sku)
    where micros is not null;

-- The words of a brand's products, by which misspelt ones are corrected. A word stays when its last product goes: then it
-- leads to nothing, as the misspelt one does.
create table search_word (
    brand_id uuid not null,
    word text collate "C" not null,
    primary key (brand_id, word)
);
create index search_word_likeness on search_word using gin (word gin_trgm_ops);
