import type { GatewayConfig } from '../config/index.js';
import { ok, fail, warn, type Finding } from './finding.js';

const PATIENCE_MS = 5_000;
const NOTICEABLE_MS = 5_000;
/** From here on certificates, expiry dates and signed webhooks are judged wrongly. */
const HARMFUL_MS = 60_000;

/** `aheadMs` is how far the other clock is ahead of ours. */
export function clockFinding(other: string, aheadMs: number): Finding {
  const away = Math.abs(aheadMs);
  if (away < NOTICEABLE_MS) return ok('clock', `agrees with ${other}`);
  const message = `is ${Math.round(away / 1_000)} s ${aheadMs > 0 ? 'behind' : 'ahead of'} ${other}`;
  const advice = 'Let the machine keep time by NTP: timedatectl set-ntp true';
  return away < HARMFUL_MS ? warn('clock', message, advice) : fail('clock', message, advice);
}

/** Against the Date header of the primary provider; nothing where that gives none. */
export async function checkClock({ providerList }: GatewayConfig): Promise<Finding[]> {
  const url = await addressOf(providerList[0]);
  if (url === undefined) return [];
  try {
    const asked = Date.now();
    const response = await fetch(url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(PATIENCE_MS) });
    const date = Date.parse(response.headers.get('date') ?? '');
    if (Number.isNaN(date)) return [];
    // The header has no fractions of a second.
    return [clockFinding(`the clock of ${new URL(url).host}`, date + 500 - (asked + Date.now()) / 2)];
  } catch {
    // That the provider cannot be reached is another check's finding.
    return [];
  }
}

async function addressOf(provider: GatewayConfig['providerList'][number] | undefined): Promise<string | undefined> {
  if (provider === undefined || provider.type === 'echo') return undefined;
  if (provider.base_url !== undefined) return new URL(provider.base_url).origin;
  if (provider.type === 'anthropic')
    return new URL((await import('@openclaw/adapter-anthropic')).ANTHROPIC_BASE_URL).origin;
  return new URL((await import('@openclaw/adapter-openai')).OPENAI_BASE_URL).origin;
}
