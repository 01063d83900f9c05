import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The project's root folder. */
export const ROOT = resolve(import.meta.dirname, '../../../..');

/** The public documents lie beside the project; their code is read from there and kept nowhere else. */
const FOLDER = resolve(ROOT, '../shared/seeds');

/** Why the documents can't be read, where they can't. */
export const missingDocuments = existsSync(FOLDER)
  ? undefined
  : `the public documents are not there: ${FOLDER} does not exist`;

/** One of the public documents: 000 to 004. */
export class SeedDocument {
  readonly text: string;
  readonly lines: string[];

  constructor(readonly number: string) {
    const file = readdirSync(FOLDER).find((name) => name.startsWith(`${number}_`));
    if (file === undefined) throw new Error(`There is no document ${number} in ${FOLDER}`);
    this.text = readFileSync(join(FOLDER, file), 'utf8');
    this.lines = this.text.split('\n');
  }

  /** The lines of a numbered section, such as `5.1`, without its heading. */
  section(number: string): string[] {
    const start = this.lines.findIndex((line) => line.startsWith(`${number} `));
    if (start < 0) throw new Error(`Document ${this.number} has no section ${number}`);
    const rest = this.lines.slice(start + 1);
    const end = rest.findIndex((line) => /^\d+\.(\d+)? /.test(line));
    return end < 0 ? rest : rest.slice(0, end);
  }

  /** The lines from the first one that begins with `first` on, up to and with the first `last` after it. */
  excerpt(first: string, last?: string): string[] {
    return excerpt(this.lines, first, last);
  }
}

/** The lines from the first one that begins with `first` on: all, or up to and with the first one after it that is `last`. */
export function excerpt(lines: string[], first: string, last?: string): string[] {
  const start = lines.findIndex((line) => line.startsWith(first));
  if (start < 0) throw new Error(`No line begins with ${first}`);
  const rest = lines.slice(start);
  if (last === undefined) return rest;
  const end = rest.indexOf(last);
  if (end < 0) throw new Error(`After ${first} there is no line ${last}`);
  return rest.slice(0, end + 1);
}

/** Where the printed programs look for the gateway becomes where it is. */
export function pointTo(url: string, code: string): string {
  return code.replaceAll(/http:\/\/(localhost|127\.0\.0\.1):18789/g, url);
}
