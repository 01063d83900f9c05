import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { errorCode } from './error-code.js';
import { isPlainObject, type PlainObject } from './path.js';
import { ConfigError, type ConfigProblem } from './problem.js';

/**
 * The object that a configuration file holds; undefined when there is no such file. An empty file is an empty object.
 * Throws `ConfigError` for what cannot be read or parsed, with `file:line:column`.
 */
export async function readConfigFile(file: string): Promise<PlainObject | undefined> {
  const text = await readText(file);
  if (text === undefined) return undefined;
  const value = await parse(file, text);
  if (value === undefined || value === null) return {};
  if (!isPlainObject(value)) throw problem(file, 'another kind of value', 'an object of keys and values');
  return value;
}

async function readText(file: string): Promise<string | undefined> {
  try {
    const text = await readFile(file, 'utf8');
    return text.replace(/^\uFEFF/, '');
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw problem(file, `${code ?? 'an error'} while reading it`, 'a file that the gateway may read');
  }
}

/** The parsers are loaded when there is something to parse: a gateway without files starts without them. */
async function parse(file: string, text: string): Promise<unknown> {
  switch (extname(file).toLowerCase()) {
    case '.yaml':
    case '.yml':
      return parseYaml(file, text);
    case '.json5':
    case '.json':
      return parseJson5(file, text);
    default:
      throw problem(file, `the ending "${extname(file)}"`, 'a file that ends in .yaml, .yml, .json5 or .json');
  }
}

async function parseYaml(file: string, text: string): Promise<unknown> {
  const { LineCounter, parseDocument } = await import('yaml');
  const lineCounter = new LineCounter();
  // The parser's pretty errors quote the line, which may hold a secret.
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const problems = [...document.errors, ...document.warnings].map((error) => {
    const { line, col } = lineCounter.linePos(error.pos[0]);
    return syntaxProblem(
      `${file}:${line}:${col}`,
      error.code === 'DUPLICATE_KEY' ? 'a key that stands there twice' : error.message,
      'valid YAML',
    );
  });
  if (problems.length > 0) throw new ConfigError(problems);
  try {
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    return value;
  } catch (error) {
    throw problem(file, error instanceof Error ? error.message : String(error), 'YAML whose aliases can be resolved');
  }
}

async function parseJson5(file: string, text: string): Promise<unknown> {
  if (text.trim() === '') return undefined;
  const { default: JSON5 } = await import('json5');
  let value: unknown;
  try {
    value = JSON5.parse(text);
  } catch (error) {
    const at = error as { message: string; lineNumber?: number; columnNumber?: number };
    const where = at.lineNumber === undefined ? file : `${file}:${at.lineNumber}:${at.columnNumber ?? 1}`;
    throw new ConfigError([
      syntaxProblem(where, at.message.replace(/^JSON5: /, '').replace(/ at \d+:\d+$/, ''), 'valid JSON5'),
    ]);
  }
  const { duplicateKeys } = await import('./duplicate-keys.js');
  const duplicates = duplicateKeys(text);
  if (duplicates.length > 0) {
    throw new ConfigError(
      duplicates.map((key) =>
        syntaxProblem(`${file}:${key.line}:${key.column}`, `the key "${key.name}" a second time`, 'each key once'),
      ),
    );
  }
  return value;
}

function syntaxProblem(file: string, got: string, wanted: string): ConfigProblem {
  return { file, path: '', got, wanted, message: `got ${got}; wanted ${wanted}` };
}

function problem(file: string, got: string, wanted: string): ConfigError {
  return new ConfigError([syntaxProblem(file, got, wanted)]);
}
