import type { ApiToken, OperatorSession } from '@openclaw/gateway';
import { type Command, InvalidArgumentError } from 'commander';
import { configOptions, type Context } from '../context.js';
import { parseDate, parseDuration } from '../duration.js';
import { type ConfigOption, type JsonOption, parseWhole, withConfig, withExamples, withJson } from '../options.js';

interface CreateOptions extends ConfigOption, JsonOption {
  name: string;
  scope: string[];
  rateLimit?: number;
  expires?: Date;
  tenant?: string;
}

const SCOPES = ['chat', 'send', 'read', 'admin'];

type TokenOptions = ConfigOption & JsonOption;

export function defineToken(token: Command, context: Context): void {
  const create = token.command('create').description('make an API token; the secret is shown this once');
  create
    .requiredOption('--name <name>', 'what people call it')
    .option('--scope <scopes>', `what it opens, by commas: ${SCOPES.join(', ')}`, parseScopes, ['chat', 'send', 'read'])
    .option('--rate-limit <number>', 'requests per minute it may make', parseWhole(1, 1_000_000))
    .option('--expires <when>', 'when it ends: a date like 2027-01-31, or a time from now like 90d or 12h', parseExpiry)
    .option('--tenant <tenant>', 'whose data it reaches; "default" when left out');
  withExamples(withJson(withConfig(create)), [
    ['openclaw token create --name "my-app" --scope "chat,send,read"', 'for a program'],
    ['openclaw token create --name ci --scope read --expires 90d', 'reads only, for three months'],
  ]);
  create.action((options: CreateOptions) => createToken(options, context));

  const list = token.command('list').description('show the API tokens, without their secrets');
  withExamples(withJson(withConfig(list)), [['openclaw token list', 'newest first']]);
  list.action((options: TokenOptions) => listTokens(options, context));

  const revoke = token
    .command('revoke')
    .description('end an API token at once')
    .argument('<token>', 'the token itself, its name, or its beginning as list shows it');
  withExamples(withJson(withConfig(revoke)), [['openclaw token revoke my-app', 'by name']]);
  revoke.action((selector: string, options: TokenOptions) => revokeToken(selector, options, context));
}

async function createToken(
  { json, config, name, scope, rateLimit, expires, tenant }: CreateOptions,
  context: Context,
): Promise<void> {
  const input = {
    name,
    scopes: scope,
    ...(rateLimit !== undefined && { rateLimit }),
    ...(expires !== undefined && { expiresAt: expires }),
    ...(tenant !== undefined && { tenant }),
  };
  const { secret, token } = await withTokens({ config }, context, (tokens) => tokens.create(input));
  const { terminal } = context;
  if (json) return terminal.json({ token: secret, ...shown(token) });
  terminal.print(`Token: ${secret}`);
  terminal.print(`Scope: ${token.scopes.join(', ')}`);
  terminal.print(`Created: ${day(token.createdAt)}`);
  if (token.expiresAt) terminal.print(`Expires: ${token.expiresAt.toISOString()}`);
  if (token.rateLimit !== undefined) terminal.print(`Rate limit: ${token.rateLimit} requests a minute`);
  if (token.tenant !== 'default') terminal.print(`Tenant: ${token.tenant}`);
  terminal.note('Keep it now: only its hash is stored, and nobody can show it again.');
}

async function listTokens({ json, config }: TokenOptions, context: Context): Promise<void> {
  const list = await withTokens({ config }, context, (tokens) => tokens.list());
  const { terminal } = context;
  if (json) return terminal.json({ tokens: list.map(shown) });
  if (list.length === 0)
    return terminal.note('There is no token yet. Make one with: openclaw token create --name my-app');
  const rows = list.map((token) => [
    token.name,
    `${token.prefix}…`,
    token.scopes.join(', '),
    token.tenant,
    token.rateLimit === undefined ? '-' : `${token.rateLimit}/min`,
    day(token.createdAt),
    token.expiresAt ? day(token.expiresAt) : 'never',
    stateOf(token),
  ]);
  const heading = ['NAME', 'TOKEN', 'SCOPE', 'TENANT', 'LIMIT', 'CREATED', 'EXPIRES', 'STATE'];
  terminal.table(heading, rows, (row) => (rows[row]?.at(-1) === 'live' ? undefined : 'dim'));
}

async function revokeToken(selector: string, { json, config }: TokenOptions, context: Context): Promise<void> {
  const token = await withTokens({ config }, context, (tokens) => tokens.revoke(selector));
  if (json) context.terminal.json({ name: token.name, prefix: token.prefix, revoked: true });
  else context.terminal.print(`Revoked: ${token.name} (${token.prefix}…)`);
}

async function withTokens<T>(
  { config }: ConfigOption,
  context: Context,
  work: (tokens: OperatorSession['tokens']) => Promise<T>,
): Promise<T> {
  const { openOperatorSession } = await import('@openclaw/gateway');
  const session = await openOperatorSession(configOptions(context, config === undefined ? {} : { config }));
  try {
    return await work(session.tokens);
  } finally {
    await session.close();
  }
}

function shown(token: ApiToken) {
  const { name, prefix, scopes, tenant, rateLimit, createdAt, expiresAt, revokedAt } = token;
  return {
    name,
    prefix,
    scope: scopes,
    tenant,
    rate_limit: rateLimit ?? null,
    created_at: createdAt.toISOString(),
    expires_at: expiresAt?.toISOString() ?? null,
    revoked_at: revokedAt?.toISOString() ?? null,
    state: stateOf(token),
  };
}

function stateOf({ revokedAt, expiresAt }: ApiToken): 'live' | 'expired' | 'revoked' {
  if (revokedAt) return 'revoked';
  return expiresAt && expiresAt.getTime() <= Date.now() ? 'expired' : 'live';
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function parseScopes(text: string): string[] {
  const scopes = text.split(/[\s,]+/).filter((scope) => scope !== '');
  if (scopes.length > 0 && scopes.every((scope) => SCOPES.includes(scope))) return scopes;
  throw new InvalidArgumentError(`Give one or more of ${SCOPES.join(', ')}.`);
}

function parseExpiry(text: string): Date {
  const duration = parseDuration(text);
  const date = duration === undefined ? parseDate(text) : new Date(Date.now() + duration);
  if (date && date.getTime() > Date.now()) return date;
  throw new InvalidArgumentError('Give a date in the future like 2027-01-31, or a time from now like 90d or 12h.');
}
