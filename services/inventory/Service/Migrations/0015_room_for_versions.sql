-- Half of each page is left free, so that also where one transaction changes all levels of a page, as an import does, their
-- new versions stay in it and no index is written to: with 70 % that was so for two rows of five. Pages that are there
-- already are not rewritten. Items stay as they are: to count them takes longer, the more pages they are on.
alter table level set (fillfactor = 50);
