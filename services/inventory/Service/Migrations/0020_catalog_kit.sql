-- Whether what a kit consists of was told by catalog: only such a kit ends where catalog says that its product is none.
alter table kit add column is_catalogs boolean not null default false;
