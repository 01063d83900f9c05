import { AuthenticationError, ConnectionError, OpenClawClient, OpenClawError, PermissionError } from '@openclaw/sdk';
import { CommandFailed } from './command-failed.js';
import { configOptions, type Context } from './context.js';
import type { ConnectionOptions } from './options.js';

interface Place {
  url: string;
  token: string | undefined;
  /** Where the token was found, in words. */
  tokenSource: string;
}

export interface Connection {
  client: OpenClawClient;
  url: string;
}

/** A running gateway did not answer: there is none at that address. */
export class NotRunning extends CommandFailed {
  constructor(readonly url: string) {
    super(`The gateway is not running at ${url}. Start it with: openclaw gateway`);
  }
}

/** A running gateway does not let the caller in: it wants another token, or does not allow calls from here. */
export class ShutOut extends CommandFailed {}

/** Does something with the gateway; what goes wrong is told in words for a person. */
export async function withGateway<T>(
  options: ConnectionOptions,
  context: Context,
  work: (connection: Connection) => Promise<T>,
  needsToken = true,
): Promise<T> {
  const place = await findGateway(options, context, needsToken);
  // The person is there to try again, and would rather know at once.
  const client = new OpenClawClient({ baseUrl: place.url, token: place.token, maxRetries: 0 });
  try {
    return await work({ client, url: place.url });
  } catch (error) {
    throw error instanceof OpenClawError ? inWords(error, place) : error;
  }
}

/** Whether the command line or the environment names a gateway, which then need not be this machine's. */
export function namesGateway(options: ConnectionOptions, { environment }: Context): boolean {
  return Boolean(options.url ?? environment['OPENCLAW_GATEWAY_URL']);
}

/** Whether the caller comes as the operator of this machine's own gateway, and not with a token or for a gateway that was named. */
export function isOperator(options: ConnectionOptions, context: Context): boolean {
  return !namesGateway(options, context) && givenToken(options, context).token === undefined;
}

async function findGateway(options: ConnectionOptions, context: Context, needsToken: boolean): Promise<Place> {
  const url = options.url ?? (context.environment['OPENCLAW_GATEWAY_URL']?.replace(/\/+$/, '') || undefined);
  const given = givenToken(options, context);
  if (url !== undefined && !URL.canParse(url)) throw new CommandFailed(`OPENCLAW_GATEWAY_URL is no URL: ${url}`);
  // The operator's own token goes to nobody but this machine's gateway.
  if (url !== undefined && (given.token !== undefined || !needsToken || !isLoopback(url))) return { url, ...given };
  const { LiveConfig, localUrl, readOperatorToken } = await import('@openclaw/gateway');
  const { current } = await LiveConfig.load(
    configOptions(context, options.config === undefined ? {} : { config: options.config }),
  );
  const place = url ?? localUrl(current);
  if (given.token !== undefined || !needsToken) return { url: place, ...given };
  const operator = await readOperatorToken(current.home, current);
  return { url: place, token: operator?.token, tokenSource: operator?.file ?? 'the configuration' };
}

function givenToken({ token }: ConnectionOptions, { environment }: Context): Pick<Place, 'token' | 'tokenSource'> {
  if (token !== undefined) return { token, tokenSource: '--token' };
  return { token: environment['OPENCLAW_TOKEN'] || undefined, tokenSource: 'OPENCLAW_TOKEN' };
}

function isLoopback(url: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);
}

function inWords(error: OpenClawError, { url, token, tokenSource }: Place): CommandFailed {
  if (error instanceof ConnectionError && systemCode(error) === 'ECONNREFUSED') return new NotRunning(url);
  if (error instanceof AuthenticationError) {
    const advice =
      'Give one with --token or OPENCLAW_TOKEN; the operator can print theirs: openclaw config get gateway.auth.token';
    if (token === undefined) return new ShutOut(`The gateway at ${url} wants a token. ${advice}`);
    return new ShutOut(`The gateway at ${url} refused the token from ${tokenSource}. ${advice}`);
  }
  if (error instanceof PermissionError && 'address' in error.details)
    return new ShutOut(`${error.message}. See: openclaw config get api.security.allowedIPs`);
  if (error instanceof PermissionError)
    return new CommandFailed(`${error.message}. The token came from ${tokenSource}; give another with --token.`);
  return new CommandFailed(error.message, { cause: error });
}

function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return 'code' in error && error.code === 'ECONNREFUSED' ? error.code : systemCode(error.cause);
}
