import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderWith, runProgram } from './run-program.js';

/** A command line as a document prints it. */
export interface CurlCommand {
  /** It may go over several lines. */
  text: string;
  /** The `alias` line before it, where it uses one. */
  alias: string;
  method: string;
  path: string;
  /** What it sends, parsed; undefined without a body. */
  sends: Record<string, unknown> | undefined;
}

export interface CurlAnswer {
  status: number;
  headers: string;
  text: string;
}

/** Every command of a document that calls the gateway with curl, in the order in which they are printed. */
export function curlCommands(lines: string[]): CurlCommand[] {
  const commands: CurlCommand[] = [];
  let alias = '';
  for (const [index, line] of lines.entries()) {
    if (/^alias \w+='curl /.test(line)) alias = line;
    const name = /^alias (\w+)=/.exec(alias)?.[1];
    // Prose begins with the word, too.
    if (/^curl (-|"?http)/.test(line)) commands.push(parse(wholeCommand(lines, index), ''));
    else if (name !== undefined && line.startsWith(`${name} `)) commands.push(parse(wholeCommand(lines, index), alias));
  }
  return commands;
}

/** The line with those that belong to it: after a backslash at the end, or within quotes. */
function wholeCommand(lines: string[], start: number): string {
  for (let end = start + 1; end <= lines.length; end++) {
    const text = lines.slice(start, end).join('\n');
    const outside = text.replaceAll(/'[^']*'|"(?:\\.|[^"\\])*"/gs, '');
    if (!/['"]|\\$/.test(outside)) return text;
  }
  throw new Error(`The command has no end: ${lines[start]}`);
}

function parse(text: string, alias: string): CurlCommand {
  const [url] = /https?:\/\/[^\s"']+/.exec(text) ?? [];
  if (url === undefined) throw new Error(`The command calls nobody: ${text}`);
  const [, body] = /-d '([^']*)'/.exec(text) ?? [];
  const [, method = body === undefined ? 'GET' : 'POST'] = /-X (\w+)/.exec(text) ?? [];
  const sends = body === undefined ? undefined : (JSON.parse(body) as Record<string, unknown>);
  return { text, alias, method, path: new URL(url).pathname, sends };
}

/** The shell runs the command as it is; what curl would print goes to files, and jq has nothing to make pretty. */
const PRELUDE = `
curl() { command curl --silent --show-error --max-time 30 --output body --dump-header head "$@"; }
jq() { cat; }
`;

export async function runCurl(command: string, env: Record<string, string>): Promise<CurlAnswer> {
  const cwd = folderWith({ 'command.sh': PRELUDE + command });
  const { code, stderr } = await runProgram('sh', ['command.sh'], { cwd, env });
  if (code !== 0) throw new Error(`${command}\nended with ${code}: ${stderr}`);
  const [headers, text] = ['head', 'body'].map((name) => readFileSync(join(cwd, name), 'utf8'));
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(headers ?? '')?.[1]), headers: headers ?? '', text: text ?? '' };
}
