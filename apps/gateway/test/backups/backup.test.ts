import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { askedOf, type GatewayProcess, makeHome, startGateway, startModel } from '../harness/index.js';
import { subscribe, type Webhook, WEBHOOKS_HERE } from '../webhooks/endpoints.js';
import { Receiver } from '../webhooks/receiver.js';

const MAIN = new URL('../../../cli/dist/main.js', import.meta.url).pathname;

/** The command line on the host of the gateway of this home folder. */
async function openclaw(home: string, ...args: string[]): Promise<Record<string, unknown>> {
  const { PATH = '' } = process.env;
  const options = { cwd: home, env: { PATH, HOME: home } };
  const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...args, '--json'], options);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** How a command was refused. */
async function refusal(home: string, ...args: string[]): Promise<{ code: number; stderr: string }> {
  try {
    await openclaw(home, ...args);
  } catch (error) {
    return error as { code: number; stderr: string };
  }
  throw new Error(`openclaw ${args.join(' ')} was not refused`);
}

async function get(gateway: GatewayProcess, path: string, token?: string): Promise<unknown> {
  return (await gateway.fetch(path, token === undefined ? {} : { token })).json();
}

async function post<T>(gateway: GatewayProcess, path: string, json: object = {}): Promise<T> {
  const response = await gateway.fetch(path, { json });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

/** What the memory finds; not the scores, which depend on what else is remembered by then. */
async function found(gateway: GatewayProcess): Promise<unknown> {
  const { results } = await post<{ results: object[] }>(gateway, '/api/v1/memory/search', { query: 'green tea' });
  return results.map((result) => ({ ...result, score: undefined }));
}

describe('a gateway that is backed up while it serves', () => {
  const from = makeHome();
  const to = makeHome();
  const backup = join(from, 'backup.tar.zst');
  let receiver: Receiver;
  let hook: Webhook;
  let token: string;
  let waiting: { id: string; poll_url: string };
  let before: { conversation: unknown; memory: unknown };
  let config: Record<string, unknown>;
  let moved: GatewayProcess;

  beforeAll(async () => {
    receiver = await Receiver.start();
    const model = await startModel();
    config = { ...askedOf(model), ...WEBHOOKS_HERE };
    const gateway = await startGateway({ database: 'embedded', home: from, config });
    hook = await subscribe(gateway, `${receiver.url}/hook`);
    token = ((await openclaw(from, 'token', 'create', '--name', 'app')) as { token: string }).token;
    await post(gateway, '/api/v1/message', { message: 'I like green tea', conversation_id: 'talk' });
    before = { conversation: await get(gateway, '/api/v1/conversations/talk'), memory: await found(gateway) };
    const gate = model.hold();
    const accepted = { message: 'Are you there?', conversation_id: 'later', wait_for_response: false };
    waiting = await post(gateway, '/api/v1/message', accepted);
    await gate.reached;

    expect(await openclaw(from, 'backup', backup, '--with-secrets')).toMatchObject({
      file: backup,
      secrets: ['secret.key', 'operator-token'],
      tables: { api_tokens: 1, conversations: 2, messages: 3, turns: 1, webhook_endpoints: 1 },
    });
    gate.open();
    expect((await refusal(from, 'restore', backup, '--force')).stderr).toContain('A gateway runs on the data folder');
    await gateway.stop();

    expect(await openclaw(to, 'restore', backup)).toMatchObject({
      restored: { messages: 3 },
      replaced: {},
      secrets: ['secret.key', 'operator-token'],
      secrets_readable: true,
    });
    moved = await startGateway({ database: 'embedded', home: to, config });
  });

  it('is in one file for its owner alone', async () => {
    expect((await stat(backup)).mode & 0o777).toBe(0o600);
    expect(await openclaw(from, 'restore', '--check', backup)).toMatchObject({ tables: { messages: 3 } });
  });

  it('answers the same, to the same tokens', async () => {
    expect(await get(moved, '/api/v1/conversations/talk', token)).toEqual(before.conversation);
    expect(await found(moved)).toEqual(before.memory);
  });

  it('answers what it had accepted', async () => {
    // Ends with the turn.
    await (await moved.fetch(`/api/v1/message/${waiting.id}/stream`)).text();
    expect(await get(moved, waiting.poll_url)).toMatchObject({
      status: 'completed',
      response: { content: 'echo: Are you there?' },
    });
  });

  it('signs its webhooks with the same secrets', async () => {
    const answer = await post<{ delivered: boolean }>(moved, `/api/v1/webhooks/${hook.id}/test`);
    expect(answer).toMatchObject({ delivered: true });
    const test = (await receiver.until('/hook', (all) => all.some(({ body }) => body.event === 'webhook.test'))).find(
      ({ body }) => body.event === 'webhook.test',
    );
    const signature = createHmac('sha256', hook.secret)
      .update(test?.raw ?? '')
      .digest('hex');
    expect(test?.headers['x-openclaw-signature']).toBe(`sha256=${signature}`);
  });
});
