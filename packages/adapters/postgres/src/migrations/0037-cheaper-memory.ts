/**
 * What indexing costs. Index rows are written in batches, and a batch empties the list of what waits for `toks` in its own transaction: a term's
 * postings are unpacked and packed once for all of them, and no search has a list to read. See docs/adr/0017-memory-search.md.
 */
export const cheaperMemory = `
alter index memory_index_toks set (fastupdate = on);

-- It is looked at where there may be another analyser, and nearly all rows have the same: no index of rows for that.
drop index memory_index_version;
create index memory_index_version on memory_index using brin (version) with (pages_per_range = 32, autosummarize = on);

-- The stream says it.
alter table memory_index drop column conversation_id;
`;
