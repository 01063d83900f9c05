import * as z from 'zod';
import { knownVariables } from '../environment.js';
import { formatPath } from '../path.js';
import { configSchema } from '../schema/config.js';
import { unwrap, type KeyMeta } from '../schema/key.js';
import { wantedOf } from '../schema/look-up.js';
import { markdownTable } from './markdown-table.js';

interface Row {
  path: string;
  schema: z.ZodType;
  meta: KeyMeta;
  fallback: unknown;
}

const INTRODUCTION = `# Configuration

<!-- Generated from the schema by \`npm run docs\`. Change the schema, not this page. -->

With no configuration at all the gateway starts: on the embedded database, with the offline model \`echo\`, on 127.0.0.1.

Values come from these places; later ones win:

1. the defaults below
2. \`~/.openclaw/gateway.yaml\` (in the data folder, where \`OPENCLAW_HOME\` names another one)
3. \`~/.config/openclaw/openclaw.json5\`
4. what \`PUT /api/v1/config\` and \`openclaw config set\` stored in the database
5. environment variables
6. the command line: \`--port\`, \`--bind\`

\`OPENCLAW_CONFIG\` or \`--config\` names one file (.yaml, .yml, .json5, .json) to use instead of the two.

- Objects merge deeply, lists replace each other, \`null\` takes away what earlier places said.
- \`\${NAME}\` and \`\${NAME:-default}\` in any text of a file are replaced from the environment; \`$\${\` stands for \`\${\`.
- Every problem is listed at once, with its file and path. An unknown key is a problem too.
- Secrets that are stored in the database are encrypted (AES-256-GCM) and shown as \`***REDACTED***\`; sending that back keeps the secret.
- A patch that sets what the environment or the command line sets is refused: it would have no effect. \`null\` in a patch removes the stored value. A value that is sent as it already is is not stored.
- Keys marked "live" follow the files while the gateway runs (unless \`gateway.reload\` is \`off\`); those marked "restart" wait for the next start.
- A file that cannot be used is reported in the log, and the configuration in force stays.`;

/** The reference page: every key with its type, default and meaning, and every environment variable. */
export function configurationPage(): string {
  const sections = Object.entries(configSchema.shape).map(([name, schema]) => section(name, schema));
  return `${[INTRODUCTION, ...sections, variables()].join('\n\n')}\n`;
}

function section(name: string, schema: z.ZodType): string {
  const { meta } = unwrap(schema);
  const rows = rowsBelow([name], schema, meta, new Map());
  const title = `## ${name}\n\n${meta.about ?? ''}`;
  if (rows.length === 0) return `${title} Free in shape.`;
  const table = markdownTable(
    ['Key', 'Type', 'Default', 'Change', 'Meaning'],
    rows.map((row) => [
      `\`${row.path}\``,
      typeOf(row),
      defaultOf(row),
      row.meta.restart ? 'restart' : 'live',
      row.meta.about ?? '',
    ]),
  );
  return `${title}\n\n${table}`;
}

/** `seen` says where an object's members are listed already: providers have the same ones in three places. */
function rowsBelow(path: string[], schema: z.ZodType, above: KeyMeta, seen: Map<z.ZodType, string>): Row[] {
  return children(path, unwrap(schema).inner).flatMap(({ path: below, schema: child }) => {
    const { inner, meta: own, fallback } = unwrap(child);
    const meta = { ...(above.restart && { restart: above.restart }), ...own };
    const row = { path: formatName(below), schema: child, meta, fallback };
    const object = inner instanceof z.ZodArray ? unwrap(inner.element as z.ZodType).inner : inner;
    if (!(object instanceof z.ZodObject)) return [row];
    const earlier = seen.get(object);
    if (earlier !== undefined)
      return [{ ...row, meta: { ...meta, about: `${meta.about ?? ''} Each has the members of \`${earlier}\`.` } }];
    seen.set(object, row.path);
    const members = rowsBelow(inner instanceof z.ZodArray ? [...below, '[]'] : below, object, meta, seen);
    return inner instanceof z.ZodArray || child instanceof z.ZodOptional ? [row, ...members] : members;
  });
}

function formatName(path: string[]): string {
  return path.join('.').replaceAll('.[]', '[]');
}

function children(path: string[], schema: z.ZodType): { path: string[]; schema: z.ZodType }[] {
  if (!(schema instanceof z.ZodObject)) return [];
  const members = Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, member]) => ({
    path: [...path, name],
    schema: member,
  }));
  const rest = schema.def.catchall as z.ZodType | undefined;
  const named = rest && unwrap(rest).inner instanceof z.ZodObject ? [{ path: [...path, '<name>'], schema: rest }] : [];
  return [...members, ...named];
}

function typeOf({ schema, meta }: Row): string {
  const { inner } = unwrap(schema);
  const type =
    inner instanceof z.ZodArray && unwrap(inner.element as z.ZodType).inner instanceof z.ZodObject
      ? 'a list of objects'
      : wantedOf(schema);
  return meta.secret ? `${type}; secret` : type;
}

function defaultOf({ schema, meta, fallback }: Row): string {
  if (meta.standard) return meta.standard;
  if (fallback !== undefined) return `\`${JSON.stringify(fallback)}\``;
  return schema instanceof z.ZodOptional ||
    schema instanceof z.ZodPrefault ||
    unwrap(schema).inner instanceof z.ZodObject
    ? ''
    : 'required';
}

function variables(): string {
  const rows = knownVariables.map(({ name, path, about }) => [
    `\`${name}\``,
    path ? `\`${formatPath(path)}\`` : '',
    about,
  ]);
  return `## Environment variables\n\nAn empty variable counts as not set.\n\n${markdownTable(['Variable', 'Sets', 'Meaning'], rows)}`;
}
