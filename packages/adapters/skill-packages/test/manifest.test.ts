import { describe, expect, it } from '@jest/globals';
import type { FileTree } from '../src/file-tree.js';
import { readManifest } from '../src/read-manifest.js';

function treeOf(files: Record<string, string>): FileTree {
  return new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
}

const CODE = { 'index.js': 'export default () => 1' };

function read(frontmatter: string, files: Record<string, string> = {}, folder?: string) {
  return readManifest(treeOf({ 'SKILL.md': `---\n${frontmatter}\n---\n\nThe body.\n`, ...files }), folder);
}

describe('the manifest', () => {
  it('has everything that AgentSkills knows', () => {
    const manifest = read(
      'name: pdf-forms\ndescription: Fills forms.\nlicense: Apache-2.0\ncompatibility: Any agent\nallowed-tools: Bash(git:*) Read',
    );
    expect(manifest).toEqual({
      name: 'pdf-forms',
      version: '0.0.0',
      description: 'Fills forms.',
      kind: 'instructions',
      permissions: { network: false, filesystem: false, shell: false },
      license: 'Apache-2.0',
      compatibility: 'Any agent',
      allowedTools: ['Bash(git:*)', 'Read'],
      body: 'The body.',
    });
  });

  it.each<[string, string]>([
    [
      'with dots',
      'metadata:\n  gateway.entry: ./index.js\n  gateway.permissions: network, filesystem\n  gateway.input-schema: \'{"type":"object"}\'',
    ],
    [
      'nested',
      'metadata:\n  gateway:\n    entry: index.js\n    permissions: [network, filesystem]\n    input-schema: { type: object }',
    ],
    [
      'as flags',
      'metadata:\n  gateway:\n    entry: index.js\n    permissions: { network: true, filesystem: true, shell: false }\n    input-schema: in.json',
    ],
  ])('takes our keys %s', (_, metadata) => {
    const manifest = read(`name: a\ndescription: b\n${metadata}`, { ...CODE, 'in.json': '{"type":"object"}' });
    expect(manifest).toMatchObject({
      kind: 'function',
      entry: 'index.js',
      permissions: { network: true, filesystem: true, shell: false },
      inputSchema: { type: 'object' },
    });
  });

  it('knows MCP servers', () => {
    expect(read('name: a\ndescription: b\nmetadata:\n  gateway.mcp: index.js', CODE)).toMatchObject({
      kind: 'mcp',
      entry: 'index.js',
    });
  });

  it('takes its version from package.json, else from its metadata', () => {
    expect(read('name: a\ndescription: b\nmetadata:\n  version: "1.2"').version).toBe('1.2');
    expect(read('name: a\ndescription: b', { 'package.json': '{"version":"3.4.5-rc.1"}' }).version).toBe('3.4.5-rc.1');
  });

  it('reads skills as other agents have them', () => {
    const loose = read(
      'name: My Great Skill\ndescription: Use this when: the user says "hi"\nuser-invocable: true',
      {},
      'my-skill',
    );
    expect(loose).toMatchObject({ name: 'my-great-skill', description: 'Use this when: the user says "hi"' });
    expect(read('description: b', {}, 'From_Folder').name).toBe('from-folder');
    const crlf = readManifest(treeOf({ 'SKILL.md': '\uFEFF---\r\nname: a\r\ndescription: b\r\n---\r\nText\r\n' }));
    expect(crlf).toMatchObject({ name: 'a', description: 'b', body: 'Text' });
  });

  it.each<[string, string, Record<string, string>, RegExp]>([
    ['no name', 'description: b', {}, /must have a name/],
    ['a name that is none', 'name: ../x\ndescription: b', {}, /must have a name/],
    ['a name that the configuration needs', 'name: policy\ndescription: b', {}, /must have a name/],
    [
      'an entry that is not there',
      'name: a\ndescription: b\nmetadata:\n  gateway.entry: ../../etc/passwd',
      CODE,
      /not in the package/,
    ],
    [
      'an entry that is no JavaScript',
      'name: a\ndescription: b\nmetadata:\n  gateway.entry: run.sh',
      { 'run.sh': '' },
      /must name a JavaScript file/,
    ],
    [
      'two kinds',
      'name: a\ndescription: b\nmetadata:\n  gateway.entry: index.js\n  gateway.mcp: index.js',
      CODE,
      /one of the two/,
    ],
    [
      'unknown permissions',
      'name: a\ndescription: b\nmetadata:\n  gateway.entry: index.js\n  gateway.permissions: root',
      CODE,
      /asks for "root"/,
    ],
    [
      'a schema that is no JSON',
      'name: a\ndescription: b\nmetadata:\n  gateway.entry: index.js\n  gateway.input-schema: in.json',
      { ...CODE, 'in.json': '{' },
      /is not JSON/,
    ],
    [
      'dependencies that it does not bring',
      'name: a\ndescription: b\nmetadata:\n  gateway.entry: index.js',
      { ...CODE, 'package.json': '{"dependencies":{"left-pad":"1"}}' },
      /needs left-pad/,
    ],
  ])('refuses %s', (_, frontmatter, files, why) => {
    expect(() => read(frontmatter, files)).toThrow(why);
  });

  it('refuses a package without SKILL.md, or without frontmatter', () => {
    expect(() => readManifest(treeOf({ 'README.md': 'x' }))).toThrow(/no SKILL.md/);
    expect(() => readManifest(treeOf({ 'SKILL.md': '# Title' }))).toThrow(/no frontmatter/);
  });
});
