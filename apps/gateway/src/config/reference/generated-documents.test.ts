import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { TestHome } from '../testing.js';
import { configurationPage } from './configuration-page.js';
import { checkEnvironmentExample } from './environment-example.js';
import { checkDocuments, generatedDocuments, writeDocuments } from './generated-documents.js';

const root = fileURLToPath(new URL('../../../../../', import.meta.url));

describe('the documents of this repository', () => {
  it('are what the code says', async () => {
    expect(await checkDocuments(root, generatedDocuments)).toEqual([]);
  });
});

describe('the reference page', () => {
  const row = (key: string) =>
    configurationPage()
      .split('\n')
      .find((line) => line.startsWith(`| \`${key}\` `))
      ?.split('|')
      .map((cell) => cell.trim())
      .slice(2, 5);

  it.each([
    ['gateway.port', ['a whole number from 0 to 65535', '`18789`', 'restart']],
    ['gateway.drainMs', ['milliseconds, a whole number from 0 to 86400000', '`20000`', 'live']],
    [
      'gateway.auth.token',
      [
        'printable ASCII characters without blanks, at least one; secret',
        'made at the first start, in `<home>/operator-token`',
        'live',
      ],
    ],
    ['api.auth.tokens[].name', ['a text that is not empty', 'required', 'live']],
    ['api.webhooks.outgoing[].retry.backoffMs', ['milliseconds, a whole number from 1 to 86400000', '`5000`', 'live']],
    ['database.poolSize', ['a whole number from 1 to 1000', '`10`', 'restart']],
    ['channels.<name>.module', ['a text that is not empty', 'required', 'live']],
    ['agents.main.history.maxTokens', ['a whole number from 0 to 100000000', '`16000`', 'live']],
    ['providers.fallbacks', ['a list of objects', '`[]`', 'live']],
    ['agents.<name>', ['an object', '', 'live']],
  ])('has %s', (key, cells) => {
    expect(row(key)).toEqual(cells);
  });

  it('lists every variable', () => {
    expect(configurationPage()).toContain('| `OPENCLAW_GATEWAY_TOKEN`');
  });
});

describe('checking', () => {
  it('fails on what differs or is missing, and is content after writing', async () => {
    await using home = await TestHome.with({ 'a.md': 'old', 'b.env': 'WRONG=1' });
    const documents = [
      { file: 'a.md', render: () => 'new' },
      { file: 'c.md', render: () => 'made' },
      { file: 'b.env', check: (text: string) => (text === 'RIGHT=1' ? [] : ['wrong']) },
    ];
    expect(await checkDocuments(home.path, documents)).toEqual([
      'a.md: out of date; write it anew with: npm run docs',
      'c.md: there is no such file',
      'b.env: wrong',
    ]);
    expect(await writeDocuments(home.path, documents)).toEqual(['a.md', 'c.md']);
    expect(await writeDocuments(home.path, documents)).toEqual([]);
    await home.write('b.env', 'RIGHT=1');
    expect(await checkDocuments(home.path, documents)).toEqual([]);
    expect(await readFile(home.file('c.md'), 'utf8')).toBe('made');
  });

  it('knows which variables are missing from .env.example and which nobody reads', async () => {
    const text = await readFile(`${root}.env.example`, 'utf8');
    expect(checkEnvironmentExample(text)).toEqual([]);
    expect(checkEnvironmentExample(`${text.replace('DATABASE_URL', 'DATABASE_URI')}\nexport=1\n`)).toEqual([
      'DATABASE_URL is missing',
      'DATABASE_URI is not a variable that the gateway reads',
    ]);
  });
});
