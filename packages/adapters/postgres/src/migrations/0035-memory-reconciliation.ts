/** Where the comparison of the kept counters with the rows goes on the next time. */
export const memoryReconciliation = `
alter table memory_totals
  add column reconciled_at timestamptz,
  -- The last term that was looked at; and the last entry whose terms were.
  add column checked_term integer,
  add column checked_no bigint;
`;
