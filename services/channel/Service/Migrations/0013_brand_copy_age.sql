-- When inventory was asked of a brand last; what was said before this was noted is asked for anew.
alter table brand_copy add column answered_at timestamptz not null default '-infinity';
