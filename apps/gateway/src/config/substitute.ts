import { isPlainObject, type Path } from './path.js';

export type Environment = Readonly<Record<string, string | undefined>>;

const REFERENCE = /\$\$\{|\$\{([^}]*)\}/g;
const NAME = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

export interface Substitution {
  environment: Environment;
  /** What becomes of a value that is one reference and nothing else: a number's text becomes the number, for example. */
  coerce(path: Path, text: string): unknown;
  onMissing(path: Path, variable: string): void;
  onMalformed(path: Path, reference: string): void;
}

/**
 * Replaces `${NAME}` and `${NAME:-default}` in every string of a tree; `$${` stands for `${` itself. The default also
 * replaces a variable that is empty, as in a shell. Gives a new tree.
 */
export function substitute(value: unknown, rules: Substitution, path: Path = []): unknown {
  if (typeof value === 'string') return substituteText(value, rules, path);
  if (Array.isArray(value)) return value.map((entry, index) => substitute(entry, rules, [...path, index]));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, substitute(member, rules, [...path, name])]),
  );
}

function substituteText(text: string, rules: Substitution, path: Path): unknown {
  let references = 0;
  const replaced = text.replace(REFERENCE, (match, inside: string | undefined) => {
    if (inside === undefined) return '${';
    references += 1;
    return resolve(inside, rules, path) ?? match;
  });
  const whole = references === 1 && text.startsWith('${') && text.indexOf('}') === text.length - 1;
  return whole ? rules.coerce(path, replaced) : replaced;
}

function resolve(inside: string, rules: Substitution, path: Path): string | undefined {
  const [, name, standard] = NAME.exec(inside) ?? [];
  if (name === undefined) {
    rules.onMalformed(path, `\${${inside}}`);
    return undefined;
  }
  const value = rules.environment[name];
  if (standard !== undefined) return value === undefined || value === '' ? standard : value;
  if (value === undefined) rules.onMissing(path, name);
  return value;
}
