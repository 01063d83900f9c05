import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { OpenClawClient } from '@openclaw/sdk';
import { describeWith } from '../../../../test/machine/describe-with.js';
import { pythonWithFolder } from '../../../../test/machine/python.js';
import { freshDatabase, type GatewayProcess, type ModelServer, startModel } from '../harness/index.js';
import { eventually } from '../resilience/eventually.js';
import { indent, LEVELS } from './indent.js';
import { ARTICLE_TOKEN, IntegrationArticle } from './programs.js';
import { folderWith, runProgram, runPythonOf } from './run-program.js';
import { missingDocuments, pointTo, ROOT, SeedDocument } from './seed-document.js';
import { GUIDE_TOKEN, startSeedGateway } from './seed-gateway.js';

const GUIDE = readFileSync(join(ROOT, 'docs/guides/client-libraries.md'), 'utf8');
const REMEMBERED = 'The OpenClaw 配置 lies at the harbour';
const ENVIRONMENT = { GATEWAY_AUTH_TOKEN: GUIDE_TOKEN, OPENCLAW_TOKEN: GUIDE_TOKEN };

const { folder: pythonFolder, missing } = pythonWithFolder('openclaw-sdk', join(ROOT, 'packages/sdk-python'));

describeWith([missingDocuments, missing], 'the client libraries, installed from their packages,', () => {
  let model: ModelServer;
  let gateway: GatewayProcess;
  let project: string;

  beforeAll(async () => {
    model = await startModel();
    [project, gateway] = await Promise.all([projectWithPackages(), startSeedGateway(await freshDatabase(), model)]);
    const { memory } = new OpenClawClient({ baseUrl: gateway.url, token: GUIDE_TOKEN });
    await memory.add(REMEMBERED);
    await eventually(
      () => memory.search('harbour'),
      ({ total }) => total > 0,
    );
  });
  beforeEach(() => model.reset());

  /** Without `require` of ES modules, which not every Node 20 has. */
  function node(file: string, code: string): Promise<string> {
    writeFileSync(join(project, file), pointTo(gateway.url, code));
    const args = ['--no-experimental-require-module', file];
    return said(runProgram(process.execPath, args, { cwd: project, env: ENVIRONMENT }));
  }

  function python(code: string, files: Record<string, string> = {}): Promise<string> {
    const main = { 'main.py': pointTo(gateway.url, code) };
    return said(runPythonOf(join(pythonFolder, 'bin/python3'), { ...files, ...main }, ENVIRONMENT));
  }

  const asked = () => model.requests.map(({ body }) => body?.messages?.at(-1)?.content);

  describe('run what document 001 prints', () => {
    const document = () => new SeedDocument('001');

    it('for Node', async () => {
      const program = document().excerpt("import { OpenClawClient } from '@openclaw/sdk'", '}').join('\n');
      const texts = IntegrationArticle.textsFor('client.message(?:Stream)?', program);
      expect(texts).toHaveLength(2);
      expect(await node('main.mjs', program)).toBe(texts.map((text) => `echo: ${text}`).join('\n'));
      expect(asked()).toEqual(texts);
    });

    it('for Python', async () => {
      const last = 'print(chunk.content, end="", flush=True)';
      const program = indent(document().excerpt('from openclaw import OpenClawClient', last), LEVELS.library);
      const texts = IntegrationArticle.textsFor('client.message(?:_stream)?', program);
      expect(texts).toHaveLength(2);
      // The one thing that the document leaves out.
      expect(await python(`import os\n${program}`)).toBe(texts.map((text) => `echo: ${text}`).join('\n'));
      expect(asked()).toEqual(texts);
    });
  });

  describe('run what document 004 prints', () => {
    const document = () => new SeedDocument('004');

    it('for Node', async () => {
      const program = document().excerpt("const OpenClaw = require('openclaw-sdk')", '}').join('\n');
      const texts = [...program.matchAll(/text: '(.*)'/g)].map(([, text = '']) => text);
      expect(texts).toHaveLength(2);
      // Printed as the body of an async function: it both requires and awaits.
      const output = await node('main.cjs', `(async () => {\n${program}\n})();`);
      expect(output).toBe(texts.map((text) => `echo: ${text}`).join('\n'));
      expect(asked()).toEqual(texts);
    });

    it('for Python', async () => {
      const program = document().excerpt('from openclaw import OpenClaw', '    print(memory.content)').join('\n');
      const [, text] = /text='(.*)'/.exec(program) ?? [];
      const [answer, ...memories] = (await python(program)).trimEnd().split('\n');
      expect(answer).toBe(`echo: ${text}`);
      expect(memories).toContain(REMEMBERED);
    });
  });

  describe.each(['000', '002'])('run the integrations of document %s, which pass `options`', (number) => {
    const article = () => new IntegrationArticle(number);
    /** The module that they import: the library, at this gateway. */
    const module = () => ({
      'openclaw_client.py': `
import functools, openclaw
OpenClawClient = functools.partial(openclaw.OpenClawClient, base_url="${gateway.url}")
`,
    });

    it('with a CRM', async () => {
      const { crm } = article();
      model.next({ chunks: ['{"sentiment": ', '"negative"}'] });
      const output = await python(crm.replace('oc_tok_xxx', ARTICLE_TOKEN), module());
      expect(output).toBe('{"sentiment": "negative"}\n');
      const [, prompt] = /"systemPrompt": """([^"][\s\S]*?)"""/.exec(crm) ?? [];
      const [, feedback] = /analyze_customer_feedback\(\n"(.*)",\n/.exec(crm) ?? [];
      expect(model.requests.map(({ body }) => body?.messages)).toEqual([
        [
          { role: 'system', content: expect.stringContaining(prompt ?? '') },
          { role: 'user', content: expect.stringContaining(`\n\n${feedback}`) },
        ],
      ]);
    });

    it('with a helpdesk', async () => {
      const { helpdesk } = article();
      model.next({ chunks: ['We are ', 'on it.'] });
      const program = `
import json
import helpdesk_integration
from openclaw_client import OpenClawClient

helpdesk_integration.client = OpenClawClient(token="${ARTICLE_TOKEN}")
ticket = {"title": "No sound", "description": "The speaker is silent", "priority": "high"}
print(json.dumps(helpdesk_integration.auto_reply_ticket(ticket)))
`;
      const output = await python(program, { ...module(), 'helpdesk_integration.py': helpdesk });
      expect(JSON.parse(output)).toEqual({
        reply: 'We are on it.',
        auto_generated: true,
        model: 'model-a',
        needs_review: true,
      });
      const [, prompt] = /"systemPrompt": "(.*)"/.exec(helpdesk) ?? [];
      expect(model.requests[0]?.body?.messages).toEqual([
        { role: 'system', content: expect.stringContaining(prompt ?? '') },
        { role: 'user', content: expect.stringMatching(/No sound\n.*The speaker is silent\n.*high\n\n./) },
      ]);
    });
  });

  it('are one library for import, under both names', async () => {
    const output = await node(
      'names.mjs',
      `import OpenClaw, { NotFoundError } from 'openclaw-sdk';
       import * as sdk from '@openclaw/sdk';
       console.log(OpenClaw === sdk.OpenClaw, NotFoundError === sdk.NotFoundError);`,
    );
    expect(output).toBe('true true\n');
  });

  describe('run the examples of the guide', () => {
    it('in JavaScript', async () => {
      const output = await node('guide.mjs', example('js'));
      expect(output).toBe('echo: My name is Ana.\necho: And my name is?\n4 messages\n400 bad_request\n');
    });

    it('in CommonJS', async () => {
      const output = await node('guide.cjs', example('cjs'));
      expect(output).toMatch(/^echo: Hello\necho: Write a poem\n.*harbour.*\n400 bad_request\n$/s);
    });

    it('in Python', async () => {
      const output = await python(example('python'));
      expect(output).toBe('echo: My name is Ana.\necho: And my name is?\n4 messages\n400 bad_request\n');
    });

    it('in async Python', async () => {
      const output = await python(example('python', 1));
      expect(output).toMatch(/^\['echo: Hello 1', 'echo: Hello 2'\]\necho: Write a poem\n.*harbour/s);
    });
  });
});

/** The first program of the guide in a language, or the one after `index` others. */
function example(language: string, index = 0): string {
  const all = [...GUIDE.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))];
  return all[index]?.[1] ?? '';
}

/** A project with both npm packages as they would be published: npm packs the folders and unpacks them there. */
async function projectWithPackages(): Promise<string> {
  const project = folderWith({ 'package.json': '{}' });
  const folders = ['sdk-js', 'openclaw-sdk'].map((name) => join(ROOT, 'packages', name));
  const flags = ['--install-links', '--offline', '--no-audit', '--no-fund', '--no-update-notifier'];
  await said(runProgram('npm', ['install', ...flags, ...folders], { cwd: project }));
  return project;
}

async function said(running: ReturnType<typeof runProgram>): Promise<string> {
  const { code, stdout, stderr } = await running;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}
