import { AsyncLocalStorage } from 'node:async_hooks';

/** What every line of the log tells of the request in whose name something is done. */
interface RequestContext {
  requestId: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `work`, and all that it sets off, in the name of a request. */
export function withRequestId<T>(requestId: string, work: () => T): T {
  return storage.run({ requestId }, work);
}

/** The id of the request in whose name this runs, if any. */
export function currentRequestId(): string | undefined {
  return storage.getStore()?.requestId;
}
