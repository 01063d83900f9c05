import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { freshDatabase, type GatewayProcess, REPLICA_ENV, startGateway } from '../harness/index.js';

const TOKENS = ['ann', 'bob', 'cyn', 'dan', 'eve'].map((name) => ({
  name,
  token: `secret-of-${name}`,
  scope: ['read'],
}));
const LIMITED = ['at-once', 'in-bursts'].map((name) => ({
  name,
  token: `secret-of-${name}`,
  scope: ['read'],
  rateLimit: 45,
}));
const PLENTY = { windowMs: 600_000, maxRequests: 1_000_000 };
const SIXTY = { windowMs: 600_000, maxRequests: 60 };

let database: string;
beforeAll(async () => {
  database = await freshDatabase();
});

/** Two replicas, on counts that begin anew. */
async function replicas(rateLimit: object): Promise<[GatewayProcess, GatewayProcess]> {
  const config = {
    api: { rateLimit, auth: { tokens: [...TOKENS, ...LIMITED] } },
    providers: { primary: { type: 'echo' } },
  };
  const start = () => startGateway({ database, config, env: REPLICA_ENV });
  const [one, two] = await Promise.all([start(), start()]);
  const client = new pg.Client(database);
  await client.connect();
  await client.query('truncate rate_windows');
  await client.end();
  return [one, two];
}

/** So many calls at once, each replica being asked in turn, each token being shown in turn. */
async function statuses(gateways: GatewayProcess[], calls: number, tokens: string[]): Promise<Map<number, number>> {
  const answers = await Promise.all(
    Array.from({ length: calls }, async (_, index) => {
      const gateway = gateways[index % gateways.length];
      const token = tokens[index % tokens.length];
      if (!gateway || token === undefined) throw new Error('there is none');
      const response = await gateway.fetch('/api/v1/models', { token });
      await response.arrayBuffer();
      return response.status;
    }),
  );
  return new Map([...Map.groupBy(answers, (status) => status)].map(([status, all]) => [status, all.length]));
}

async function stop(gateways: GatewayProcess[]): Promise<void> {
  expect(await Promise.all(gateways.map((gateway) => gateway.stop()))).toEqual(gateways.map(() => 0));
}

describe('of 200 concurrent calls on two replicas', () => {
  it('exactly as many pass as the global limit says', async () => {
    const names = TOKENS.map(({ token }) => token).slice(0, 4);
    const gateways = await replicas({ global: SIXTY, perToken: PLENTY });
    expect(await statuses(gateways, 200, names)).toEqual(
      new Map([
        [200, 60],
        [429, 140],
      ]),
    );
    expect(await statuses(gateways, 40, names)).toEqual(new Map([[429, 40]]));
    await stop(gateways);
  });

  // Each on tokens of its own: what the others have used up is none of its business.
  describe('whose tokens are limited', () => {
    let one: GatewayProcess;
    let two: GatewayProcess;
    beforeAll(async () => {
      [one, two] = await replicas({ global: PLENTY, perToken: SIXTY });
    });
    afterAll(() => stop([one, two]));

    it('exactly as many pass as the limit per token says, and of another token the same', async () => {
      const names = TOKENS.map(({ token }) => token);
      for (const token of names.slice(0, 2)) {
        expect(await statuses([one, two], 200, [token])).toEqual(
          new Map([
            [200, 60],
            [429, 140],
          ]),
        );
      }
      const both = await statuses([one, two], 400, names.slice(2, 4));
      expect(both).toEqual(
        new Map([
          [200, 120],
          [429, 280],
        ]),
      );
    });

    it("exactly as many pass as the token's own limit says, wherever they are sent and however they come", async () => {
      const [atOnce, inBursts] = LIMITED.map(({ token }) => token);
      if (atOnce === undefined || inBursts === undefined) throw new Error('there are two');
      expect(await statuses([one, two], 200, [atOnce])).toEqual(
        new Map([
          [200, 45],
          [429, 155],
        ]),
      );
      let passed = 0;
      for (let burst = 1; burst <= 16; burst++) {
        passed += (await statuses(burst % 3 ? [one, two] : [two], burst, [inBursts])).get(200) ?? 0;
      }
      expect(passed).toBe(45);
    });

    it('none is asked about twice: who is over the limit costs no query', async () => {
      await statuses([one, two], 200, ['secret-of-eve']);
      const client = new pg.Client(database);
      await client.connect();
      const counted = async () => {
        const { rows } = await client.query<{ xmin: string }>("select xmin from rate_windows where key like '%eve'");
        return rows[0]?.xmin;
      };
      const before = await counted();
      expect(before).toBeDefined();
      expect(await statuses([one, two], 100, ['secret-of-eve'])).toEqual(new Map([[429, 100]]));
      expect(await counted()).toBe(before);
      await client.end();
    });
  });
});

it("counts the operator's calls like any, by gateway.rate_limit where that is how it is set", async () => {
  const gateway = await startGateway({
    database: await freshDatabase(),
    config: { gateway: { rate_limit: { requests_per_minute: 3 } } },
  });
  const seen: (string | null)[] = [];
  for (let i = 0; i < 4; i++) {
    const { status, headers } = await gateway.fetch('/api/v1/models');
    seen.push(`${status} ${headers.get('x-ratelimit-limit')} ${headers.get('x-ratelimit-remaining')}`);
  }
  expect(seen).toEqual(['200 3 2', '200 3 1', '200 3 0', '429 3 0']);
  expect((await gateway.fetch('/health')).status).toBe(200);
});
