/**
 * Which places in the list of conversations have become empty: replicas keep counts of the list in memory and correct them by this.
 * Only times, no ids: what was deleted must not be found here.
 */
export const conversationDeletions = `
create table conversation_deletions (
  tenant text not null,
  no bigint not null,
  created_at timestamptz not null,
  primary key (tenant, no)
);

-- Numbers the deletions of a tenant in the order in which they are committed: its row is the lock.
create table conversation_deletion_counts (
  tenant text primary key,
  last_no bigint not null
);
`;
