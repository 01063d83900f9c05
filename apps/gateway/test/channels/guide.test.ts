import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { freshDatabase, startGateway } from '../harness/index.js';
import { CHAT_SECRET, ChatServer } from './chat-server.js';

const GUIDE = join(import.meta.dirname, '../../../../docs/guides/webhook-channel.md');

describe('the guide to the webhook channel', () => {
  it('has a call that works as it is printed', async () => {
    const chat = await ChatServer.start();
    const config = { channels: { webhook: chat.settings } };
    const gateway = await startGateway({ database: await freshDatabase(), config });
    const script = /```sh\n([\s\S]*?)```/.exec(readFileSync(GUIDE, 'utf8'))?.[1] ?? '';
    expect(script).toContain('curl');
    const shell = spawn('sh', ['-c', script.replace('http://127.0.0.1:18789', gateway.url)], {
      env: { PATH: process.env.PATH, CHAT_SECRET },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let answer = '';
    shell.stdout.setEncoding('utf8').on('data', (text: string) => (answer += text));
    const [code] = (await once(shell, 'close')) as [number];
    // A machine without curl or openssl can't try it.
    if (code === 127) return;
    expect(JSON.parse(answer)).toMatchObject({ accepted: true });
    await chat.until(() => chat.taken.length > 0);
    expect(chat.taken[0]).toMatchObject({ chatId: 'room-1', text: expect.stringContaining('Where is my order?') });
  });
});
