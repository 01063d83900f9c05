import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { later, startGateway } from '../harness/index.js';

const GUIDE = join(import.meta.dirname, '../../../../docs/guides/websocket.md');

describe('the WebSocket guide', () => {
  it('begins with a program that works against a gateway as it is installed', async () => {
    const gateway = await startGateway({ database: 'embedded', env: { OPENCLAW_GATEWAY_TOKEN: 'YOUR_TOKEN' } });
    const [, program = ''] = /```js\n(.*?)```/s.exec(readFileSync(GUIDE, 'utf8')) ?? [];
    const code = program.replace('ws://127.0.0.1:18789', gateway.url.replace('http', 'ws'));
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { env: { PATH: process.env.PATH } });
    later(() => void child.kill('SIGKILL'));
    const [said] = await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data')]);
    const ended = once(child, 'close');
    child.kill('SIGKILL');
    await ended;
    expect(String(said)).toContain('你好');
    expect(await gateway.stop()).toBe(0);
  });
});
