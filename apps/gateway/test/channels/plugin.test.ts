import { once } from 'node:events';
import { cpSync, mkdirSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { freshDatabase, type GatewayProcess, later, makeHome, startGateway } from '../harness/index.js';
import { eventually } from '../resilience/eventually.js';

const SAMPLE = join(import.meta.dirname, '../../../../docs/examples/line-channel');

let gateway: GatewayProcess;
let port: number;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return free;
}

/** Somebody at a terminal. */
class Person {
  private text = '';
  private readonly watchers = new Set<() => void>();

  private constructor(readonly socket: Socket) {
    socket.setEncoding('utf8').on('data', (text: string) => {
      this.text += text;
      for (const look of [...this.watchers]) look();
    });
  }

  static async called(name: string): Promise<Person> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    later(() => void socket.destroy());
    const person = new Person(socket);
    socket.write(`${name}\n`);
    return person;
  }

  async reads(words: string): Promise<void> {
    while (!this.text.includes(words))
      await new Promise<void>((resolve) => {
        this.watchers.add(resolve);
      });
  }
}

beforeAll(async () => {
  port = await freePort();
  const home = makeHome();
  const installed = join(home, '.openclaw/node_modules/openclaw-line-channel');
  mkdirSync(join(home, '.openclaw'), { recursive: true, mode: 0o711 });
  cpSync(SAMPLE, installed, { recursive: true });
  gateway = await startGateway({
    database: await freshDatabase(),
    home,
    config: {
      channels: {
        lines: { module: 'openclaw-line-channel', port, greetingToken: 'a-secret-of-the-plugin' },
        missing: { module: 'openclaw-channel-that-nobody-wrote' },
        wrong: { module: 'openclaw-line-channel', port: 'none' },
      },
    },
  });
  await eventually(
    () => status('lines'),
    (answer) => answer.status === 'connected',
  );
});

async function status(type: string): Promise<{ status: string; last_error?: string }> {
  return (await (await gateway.fetch(`/api/v1/channels/${type}/status`)).json()) as { status: string };
}

describe('a channel from outside', () => {
  it('is loaded by the name of its package, and answers', async () => {
    const ada = await Person.called('ada');
    ada.socket.write('hello there\n');
    await ada.reads('hello there');
    const conversation = await gateway.fetch('/api/v1/conversations/lines:ada');
    expect(await conversation.json()).toMatchObject({ channel: 'lines', message_count: 2 });
  });

  it('sends what callers send, and what could not go as soon as it can', async () => {
    const early = await gateway.fetch('/api/v1/send', {
      json: { channel: 'lines', chatId: 'bob', message: 'you were away' },
    });
    expect([early.status, await early.json()]).toMatchObject([202, { status: 'queued' }]);
    const bob = await Person.called('bob');
    await bob.reads('you were away');
    const now = await gateway.fetch('/api/v1/send', { json: { channel: 'lines', chatId: 'bob', message: 'dinner' } });
    expect([now.status, await now.json()]).toMatchObject([200, { channelMessageId: expect.stringMatching(/^line-/) }]);
    await bob.reads('dinner');
  });

  it('says by its error that something will never go', async () => {
    const json = { channel: 'lines', chatId: 'no body', message: 'x' };
    const refused = await gateway.fetch('/api/v1/send', { json });
    expect([refused.status, await refused.json()]).toMatchObject([422, { error: 'channel_rejected' }]);
  });

  it('that is missing or wrongly configured says so, and disturbs nobody', async () => {
    expect(await status('missing')).toMatchObject({
      status: 'disconnected',
      last_error: expect.stringContaining('openclaw-channel-that-nobody-wrote is not installed'),
    });
    expect((await status('wrong')).last_error).toBe('channels.wrong.port must be a port number');
    const config = await (await gateway.fetch('/api/v1/config')).text();
    expect(config).toContain('"module":"openclaw-line-channel"');
    expect(config).not.toContain('a-secret-of-the-plugin');
  });
});
