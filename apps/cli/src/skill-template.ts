import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandFailed, WrongUsage } from './command-failed.js';

type Kind = 'function' | 'mcp' | 'instructions';

/** Makes the folder `name` with a skill of that kind in it; gives its path. Throws `CommandFailed` when it is there already. */
export async function writeSkill(within: string, name: string, kind: Kind): Promise<string> {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || name.length > 64)
    throw new WrongUsage(
      `A skill's name is made of lower-case letters, digits and single hyphens: ${JSON.stringify(name)} is not.`,
    );
  const folder = join(within, name);
  try {
    await mkdir(folder);
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
    throw new CommandFailed(`${folder} is there already. Take another name, or another folder.`, { cause: error });
  }
  for (const [file, text] of Object.entries(FILES[kind](name))) await writeFile(join(folder, file), text);
  return folder;
}

const FILES: Record<Kind, (name: string) => Record<string, string>> = {
  function: (name) => ({
    'package.json': packageJson(name),
    'SKILL.md': `---
name: ${name}
description: Greets somebody by name. Say here what the skill does and when to use it; the agent goes by this.
license: MIT
metadata:
  gateway.entry: index.js
  gateway.input-schema: input.schema.json
---

# ${name}

\`\`\`sh
openclaw skills run ${name} Ana
\`\`\`
`,
    'input.schema.json': `${JSON.stringify(INPUT, undefined, 2)}\n`,
    'index.js': `/**
 * @param {{ name?: string }} args as the input schema says
 * @param {{ config: Record<string, unknown>, secrets: Record<string, string>, session?: string, workspace?: string }} context
 */
export default async function run({ name = 'world' }, context) {
  return { greeting: \`Hello, \${name}!\` };
}
`,
  }),
  mcp: (name) => ({
    'package.json': packageJson(name),
    'SKILL.md': `---
name: ${name}
description: Greets somebody by name. Say here what the skill does and when to use it.
license: MIT
metadata:
  gateway.mcp: server.js
---

# ${name}

\`\`\`sh
openclaw skills run ${name} Ana
\`\`\`
`,
    'server.js': `// A server that speaks the Model Context Protocol over stdio: one JSON-RPC message to a line.
import { createInterface } from 'node:readline';

const TOOL = {
  name: 'greet',
  description: 'Greets somebody by name.',
  inputSchema: ${JSON.stringify(INPUT)},
};

const methods = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: '${name}', version: '1.0.0' },
  }),
  'tools/list': () => ({ tools: [TOOL] }),
  'tools/call': ({ arguments: { name = 'world' } = {} }) => ({
    content: [{ type: 'text', text: \`Hello, \${name}!\` }],
  }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params = {} } = JSON.parse(line);
  if (id === undefined) continue;
  const answer = Object.hasOwn(methods, method)
    ? { result: methods[method](params) }
    : { error: { code: -32601, message: \`unknown method \${method}\` } };
  console.log(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
}
`,
  }),
  instructions: (name) => ({
    'SKILL.md': `---
name: ${name}
description: How to greet people in this house. Say here when to read this; the agent goes by it.
license: MIT
---

# ${name}

Greet everybody by their name. Further files of this folder can be named here; the agent can ask for them.
`,
  }),
};

const INPUT = {
  type: 'object',
  properties: { name: { type: 'string', description: 'Whom to greet.', maxLength: 100 } },
  additionalProperties: false,
};

function packageJson(name: string): string {
  const content = { name, version: '1.0.0', license: 'MIT', type: 'module' };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}
