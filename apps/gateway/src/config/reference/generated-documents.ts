import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { apiReference } from '@openclaw/http';
import { VERSION } from '../../version.js';
import { errorCode } from '../error-code.js';
import { checkEnvironmentExample } from './environment-example.js';
import { configurationPage } from './configuration-page.js';

/** A document of the repository that the code writes, or holds to its own knowledge. */
export interface GeneratedDocument {
  /** Relative to the repository. */
  file: string;
  /** The whole text; left out where people write the file and it is only checked. */
  render?(): string | Promise<string>;
  /** What is wrong with the file's text, in words. */
  check?(text: string): string[];
}

/** Every one of them. A new generated document is one more entry. */
export const generatedDocuments: readonly GeneratedDocument[] = [
  { file: 'docs/configuration.md', render: configurationPage },
  { file: '.env.example', check: checkEnvironmentExample },
  { file: 'docs/api/openapi.json', render: () => apiReference(VERSION) },
];

/** Writes what is out of date; gives the files that were written. */
export async function writeDocuments(root: string, documents: readonly GeneratedDocument[]): Promise<string[]> {
  const written: string[] = [];
  for (const { file, render } of documents) {
    const text = await render?.();
    if (text === undefined || text === (await read(join(root, file)))) continue;
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), text);
    written.push(file);
  }
  return written;
}

/** What is out of date or wrong, one line each. */
export async function checkDocuments(root: string, documents: readonly GeneratedDocument[]): Promise<string[]> {
  const problems: string[] = [];
  for (const { file, render, check } of documents) {
    const present = await read(join(root, file));
    if (present === undefined) problems.push(`${file}: there is no such file`);
    else if (render && present !== (await render()))
      problems.push(`${file}: out of date; write it anew with: npm run docs`);
    else problems.push(...(check?.(present) ?? []).map((problem) => `${file}: ${problem}`));
  }
  return problems;
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
