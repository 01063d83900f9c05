import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Installation } from './harness.js';

let installation: Installation;

beforeAll(async () => {
  installation = await Installation.withDatabase();
  for (const kind of ['function', 'mcp', 'instructions']) {
    const { code, stderr } = await installation.run(['skills', 'create', `my-${kind}`, '--kind', kind]);
    expect([code, stderr]).toEqual([0, expect.stringContaining(`openclaw skills run my-${kind}`)]);
  }
  await installation.write('gateway.yaml', JSON.stringify({ skills: { dirs: [installation.home] } }));
  await installation.startGateway();
});

afterAll(() => installation[Symbol.asyncDispose]());

describe('openclaw skills', () => {
  it('makes skills that work', async () => {
    expect(await installation.json(['skills', 'run', 'my-function', 'Ana'])).toMatchObject({
      result: { greeting: 'Hello, Ana!' },
    });
    expect(await installation.json(['skills', 'run', 'my-mcp', '--args', '{"name":"Ana"}'])).toMatchObject({
      result: 'Hello, Ana!',
    });
    expect((await installation.run(['skills', 'run', 'my-instructions'])).stdout).toContain(
      'Greet everybody by their name.',
    );
  });

  it('lists them, for people and for programs', async () => {
    const { skills } = (await installation.json(['skills', 'list'])) as {
      skills: { name: string; source: string; invocations: number }[];
    };
    expect(skills.filter(({ source }) => source === 'folder').map(({ name }) => name)).toEqual([
      'my-function',
      'my-instructions',
      'my-mcp',
    ]);
    expect((await installation.run(['skills', 'list'])).stdout).toMatch(/NAME .*\ncalculator .*active/);
  });

  it.each<[string, string[], number, RegExp]>([
    ["a skill's failure", ['run', 'my-function', '5'], 1, /args\.name must be string/],
    ['a skill that is not there', ['run', 'nobody'], 1, /There is no skill "nobody"/],
    ['no registry', ['install', 'weather@1.2.0'], 1, /set skills\.registry/],
    ['the removal of what came along', ['remove', 'weather'], 1, /skills\.weather\.enabled/],
    ['a folder that is there', ['create', 'my-mcp'], 1, /is there already/],
    ['a name that is none', ['create', 'My Skill'], 2, /lower-case/],
    ['a kind that is none', ['create', 'x', '--kind', 'python'], 2, /--kind/],
    ['arguments that are no JSON', ['run', 'my-mcp', '--args', '{'], 1, /no JSON/],
    ['arguments in two ways', ['run', 'my-mcp', 'x', '--args', '{}'], 2, /not both/],
  ])('tells of %s', async (_, args, code, words) => {
    const result = await installation.run(['skills', ...args]);
    expect([result.code, result.stderr]).toEqual([code, expect.stringMatching(words)]);
  });
});
