import { createHash } from 'node:crypto';

/** Above what systems give to people, services and containers. */
const FIRST_UID = 2_000_000_000;
const RANGE = 1_000_000;

let next = Math.floor(Math.random() * RANGE);

/** A user that nobody else is at this time, so that the limit on its processes counts one sandbox alone. */
export function freshUid(): number {
  next = (next + 1) % RANGE;
  return FIRST_UID + next;
}

/** The owner of a tenant's workspace. */
export function tenantUid(tenant: string): number {
  return FIRST_UID + RANGE + (createHash('sha256').update(tenant).digest().readUInt32BE() % RANGE);
}
