import { type LookupAddress, promises as dns } from 'node:dns';

/** Gives all addresses of a name. Throws what Node's resolvers throw. */
export type ResolveName = (name: string) => Promise<LookupAddress[]>;

/** Names that only this machine or this network knows, perhaps from a file. */
const LOCAL_NAME = /^[^.]+$|\.(local|localhost|internal|lan|home\.arpa)$/i;
const SERVER_PATIENCE_MS = 2_000;
/** The system's resolver holds a thread as long as it looks; there are four, and files and passwords need them too. */
const MOST_LOOKUPS = 2;

const resolver = new dns.Resolver({ timeout: SERVER_PATIENCE_MS, tries: 2 });
const waiting: (() => void)[] = [];
let looking = 0;

/**
 * Asks the name servers, and the system's resolver (which also knows the hosts file) for what they do not know. So a name whose servers
 * do not answer costs time and no thread.
 */
export const resolveName: ResolveName = async (name) => {
  if (LOCAL_NAME.test(name)) return lookUp(name);
  const [v4, v6] = await Promise.all([
    resolver.resolve4(name).catch(() => []),
    resolver.resolve6(name).catch(() => []),
  ]);
  if (v4.length + v6.length === 0) return lookUp(name);
  return [...v4.map((address) => ({ address, family: 4 })), ...v6.map((address) => ({ address, family: 6 }))];
};

async function lookUp(name: string): Promise<LookupAddress[]> {
  if (looking >= MOST_LOOKUPS) await new Promise<void>((resolve) => waiting.push(resolve));
  looking++;
  try {
    return await dns.lookup(name, { all: true });
  } finally {
    looking--;
    waiting.shift()?.();
  }
}
