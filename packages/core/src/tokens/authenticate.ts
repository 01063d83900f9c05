import { hash as digestOf, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../shared/clock.js';
import { Unauthorized } from '../shared/errors.js';
import { hashToken, isSpent } from './api-token.js';
import { DEFAULT_TENANT, type Principal, SCOPES, type Scope } from './principal.js';
import type { TokenStore } from './token-store.js';

export interface ConfiguredToken {
  name: string;
  token: string;
  scope: Scope[];
  rateLimit?: number;
  tenant?: string;
  expiresAt?: Date;
}

export interface AuthSettings {
  /** False lets every caller in as the operator: only ever on loopback. */
  enabled: boolean;
  /** The operator's tokens and password; each opens everything. */
  operatorSecrets: string[];
  tokens: ConfiguredToken[];
}

const ANONYMOUS: Principal = { name: 'anonymous', kind: 'anonymous', tenant: DEFAULT_TENANT, scopes: SCOPES };

/** How long a token's lookup is believed: well under the second within which a revocation must bite everywhere. */
const CACHE_MS = 500;
const CACHE_ENTRIES = 10_000;

interface CachedLookup {
  principal: Principal | undefined;
  expiresAt: Date | undefined;
  until: number;
}

interface KnownSecret {
  form: Buffer;
  principal: Principal;
  expiresAt: Date | undefined;
}

/** Says who a bearer secret belongs to. */
export class Authenticate {
  private readonly lookups = new Map<string, CachedLookup>();
  private known: { settings: AuthSettings; secrets: KnownSecret[] } | undefined;

  constructor(
    private readonly settings: () => AuthSettings,
    private readonly store: TokenStore,
    private readonly clock: Clock,
  ) {}

  /** At once where it can be told at once. Rejects with `Unauthorized`, with one and the same message whatever is wrong with the secret. */
  execute(secret: string | undefined): Principal | Promise<Principal> {
    const settings = this.settings();
    if (!settings.enabled) return ANONYMOUS;
    return (secret && this.configured(settings, secret)) || this.otherwise(secret);
  }

  private async otherwise(secret: string | undefined): Promise<Principal> {
    const principal = secret && (await this.stored(secret));
    if (!principal) throw new Unauthorized();
    return principal;
  }

  /** Every configured secret is compared, all in constant time, so that the time taken tells nothing. */
  private configured(settings: AuthSettings, secret: string): Principal | undefined {
    if (this.known?.settings !== settings) this.known = { settings, secrets: knownSecrets(settings) };
    const asked = formOf(secret, ASKED);
    let found: KnownSecret | undefined;
    for (const candidate of this.known.secrets) {
      if (timingSafeEqual(candidate.form, asked)) found ??= candidate;
    }
    return found && (!found.expiresAt || found.expiresAt > this.clock.now()) ? found.principal : undefined;
  }

  private async stored(secret: string): Promise<Principal | undefined> {
    if (!secret.startsWith('oc_tok_')) return undefined;
    const hash = hashToken(secret);
    const now = this.clock.now();
    const cached = this.lookups.get(hash);
    if (cached && cached.until > now.getTime()) {
      return cached.expiresAt && cached.expiresAt <= now ? undefined : cached.principal;
    }
    const token = await this.store.findByHash(hash);
    const principal: Principal | undefined =
      token && !isSpent(token, now)
        ? {
            name: token.name,
            kind: 'api-token',
            tenant: token.tenant,
            scopes: token.scopes,
            ...(token.rateLimit !== undefined && { rateLimit: token.rateLimit }),
          }
        : undefined;
    if (this.lookups.size >= CACHE_ENTRIES) this.lookups.clear();
    this.lookups.set(hash, { principal, expiresAt: token?.expiresAt, until: now.getTime() + CACHE_MS });
    return principal;
  }
}

function knownSecrets(settings: AuthSettings): KnownSecret[] {
  const operators = settings.operatorSecrets.map((secret) => ({
    form: formOf(secret),
    principal: { name: 'operator', kind: 'operator', tenant: DEFAULT_TENANT, scopes: SCOPES } satisfies Principal,
    expiresAt: undefined,
  }));
  const tokens = settings.tokens.map((token) => ({
    form: formOf(token.token),
    principal: {
      name: token.name,
      kind: 'config-token',
      tenant: token.tenant ?? DEFAULT_TENANT,
      scopes: token.scope,
      ...(token.rateLimit !== undefined && { rateLimit: token.rateLimit }),
    } satisfies Principal,
    expiresAt: token.expiresAt,
  }));
  return [...operators, ...tokens];
}

/** Longer than any secret that people make. */
const FORM_BYTES = 256;
const LENGTH_BYTES = 2;
const DIGESTED = 0xffff;
const ASKED = Buffer.alloc(FORM_BYTES);

/**
 * A secret in as many bytes as every other one, so that comparing two takes the same time whatever they are: its length and itself, or
 * its digest where it is too long. A digest of each would do, too, at many times the price of the comparison.
 */
function formOf(secret: string, form: Buffer = Buffer.alloc(FORM_BYTES)): Buffer {
  form.fill(0);
  const length = Buffer.byteLength(secret);
  if (length <= FORM_BYTES - LENGTH_BYTES) {
    form.writeUInt16LE(length);
    form.write(secret, LENGTH_BYTES);
  } else {
    form.writeUInt16LE(DIGESTED);
    digestOf('sha256', secret, 'buffer').copy(form, LENGTH_BYTES);
  }
  return form;
}
