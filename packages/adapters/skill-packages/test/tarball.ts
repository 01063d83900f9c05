import { gzipSync } from 'node:zlib';

export interface Entry {
  path: string;
  content?: string | Buffer;
  /** As tar spells it: `0` a file, `1` a hard link, `2` a symbolic link, `3` a device, `5` a folder. */
  type?: string;
  link?: string;
  mode?: number;
  /** Written into the header in place of the content's own. */
  size?: number;
}

/** A packed package, as npm or as nobody would pack it. */
export function tarball(entries: Entry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const content = Buffer.from(entry.content ?? '');
    return [header(entry, content.length), content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

/** The files of a skill as npm packs them, with a package.json unless there is one. */
export function packedSkill(
  files: Record<string, string>,
  { name = 'weather', version = '1.0.0', more = {} } = {},
): Buffer {
  const all = { 'package.json': JSON.stringify({ name, version, ...more }), ...files };
  return tarball(Object.entries(all).map(([path, content]) => ({ path: `package/${path}`, content })));
}

export function skillMd(name: string, metadata: Record<string, string> = {}, body = '# How\n'): string {
  const lines = Object.entries(metadata).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`);
  return `---\nname: ${name}\ndescription: Does ${name}.\n${lines.length > 0 ? `metadata:\n${lines.join('\n')}\n` : ''}---\n\n${body}`;
}

/** A ustar header: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html */
function header({ path, type = '0', link = '', mode = 0o644, size }: Entry, length: number): Buffer {
  const block = Buffer.alloc(512);
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\0`;
  block.write(path, 0, 100);
  block.write(octal(mode, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size ?? length, 12), 124);
  block.write(octal(0, 12), 136);
  block.write(' '.repeat(8), 148);
  block.write(type, 156);
  block.write(link, 157, 100);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
