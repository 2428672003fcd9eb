-- driveline: no transaction
drop index concurrently if exists note_by_text;
create index concurrently note_by_text on note (text);
