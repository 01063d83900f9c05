import { expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describeWith } from '../../../../test/machine/describe-with.js';
import { pythonWith } from '../../../../test/machine/python.js';
import { freshDatabase, startGateway } from '../harness/index.js';
import { folderWith } from '../seeds/run-program.js';

const python = pythonWith('schemathesis', '4.32.5');

/** Of the fuzzer's run; it stops by itself. */
const SECONDS = 30;
const PATIENCE_MS = 180_000;

const UNLIMITED = { windowMs: 60_000, maxRequests: 10_000_000 };
const CONFIG = {
  gateway: { http: { endpoints: { chatCompletions: { enabled: true } } } },
  api: { rateLimit: { global: UNLIMITED, perToken: UNLIMITED } },
  logging: { level: 'warn' },
};

/** What is not configured here is a 503: a channel, the registry of skills, what runs them. Nothing else may be the server's fault. */
const UNCONFIGURED = ['/api/v1/send', '/api/v1/skills/install', '/api/v1/skills/{name}/execute'];
const SETTINGS = UNCONFIGURED.map(
  (path) => `
[[operations]]
include-path = "${path}"
checks.not_a_server_error.expected-statuses = ["2xx", "4xx", "503"]
`,
).join('');

const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
];

describeWith([python.missing], 'whatever is sent, to every operation of the document', () => {
  it(
    'is answered as documented, and never by a fault of the server',
    async () => {
      const gateway = await startGateway({ database: await freshDatabase(), config: CONFIG });
      const { code, output } = await fuzz(gateway.url, gateway.operatorToken);
      expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
      expect(output).toMatch(/Tested: *\d+/);
      expect(gateway.logs()).not.toMatch(/request failed|stream failed|turn failed/);
    },
    PATIENCE_MS,
  );
});

async function fuzz(url: string, token: string): Promise<{ code: number; output: string }> {
  const folder = folderWith({ 'schemathesis.toml': SETTINGS });
  const args = [
    `--config-file=${join(folder, 'schemathesis.toml')}`,
    'run',
    `${url}/openapi.json`,
    `--header=Authorization: Bearer ${token}`,
    `--checks=${CHECKS.join()}`,
    '--phases=examples,coverage,fuzzing',
    '--max-examples=10',
    `--max-time=${SECONDS}`,
    '--request-timeout=10',
    '--seed=1',
    '--continue-on-failure',
    '--no-color',
  ];
  const child = spawn(join(python.folder, 'bin', 'schemathesis'), args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: folder, PYTHONUTF8: '1' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, output };
}
