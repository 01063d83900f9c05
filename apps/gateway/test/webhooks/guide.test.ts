import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, expect, it } from '@jest/globals';
import { freshDatabase, type GatewayProcess, later, startGateway } from '../harness/index.js';
import { describeWith } from '../../../../test/machine/describe-with.js';
import { ROOT } from '../seeds/seed-document.js';
import { missingPython, python } from '../seeds/python.js';
import { say, subscribe, WEBHOOKS_HERE } from './endpoints.js';

const GUIDE = readFileSync(join(ROOT, 'docs/guides/webhooks.md'), 'utf8');
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

function printed(language: string): string {
  return new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(GUIDE)?.[1] ?? '';
}

/** A program that says where it listens; gives its address and what it says from then on. */
async function run(command: string, args: string[]): Promise<{ url: string; next: () => Promise<string> }> {
  const env = { PATH: process.env.PATH, PORT: '0', WEBHOOK_SECRET: SECRET, PYTHONIOENCODING: 'utf-8' };
  const child = spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  later(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value);
  const [, port = ''] = /^listening at (\d+)$/.exec(await next()) ?? [];
  return { url: `http://127.0.0.1:${port}/`, next };
}

describeWith([missingPython], 'the receivers of the webhook guide', () => {
  let gateway: GatewayProcess;
  beforeAll(async () => {
    gateway = await startGateway({ database: await freshDatabase(), config: WEBHOOKS_HERE });
  });

  it.each<[string, string, (code: string) => string[]]>([
    ['js', process.execPath, (code) => ['--input-type=module', '-e', code]],
    ['python', python, (code) => ['-c', code]],
  ])('take what is genuine, and nothing else: %s', async (language, command, args) => {
    const { url, next } = await run(command, args(printed(language)));
    await subscribe(gateway, url, { secret: SECRET });
    await say(gateway, 'Grüße 世界', language);
    expect(await next()).toBe('message.received Grüße 世界');
    expect(await next()).toMatch(/^message\.sent .*Grüße 世界/);
    const forged = await fetch(url, {
      method: 'POST',
      body: '{}',
      headers: {
        'webhook-id': 'evt_1',
        'webhook-timestamp': String(Math.floor(Date.now() / 1_000)),
        'webhook-signature': 'v1,AAAA',
      },
    });
    expect(forged.status).toBe(400);
  });
});
