-- Words are found by their stems, too. Those with digits have none, and are not corrected: they are kept no longer.
delete from search_word where word ~ '[0-9]';
create index search_word_by_stem on search_word
    (brand_id, ((ts_lexize('pg_catalog.english_stem', word))[1]), word);
