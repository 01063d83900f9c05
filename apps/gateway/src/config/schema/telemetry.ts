import * as z from 'zod';
import { describe, key, section } from './key.js';
import { httpUrl, milliseconds, text } from './values.js';

const PAIRS = /^\s*(?:[^\s=,]+\s*=[^,]*)?(?:,\s*(?:[^\s=,]+\s*=[^,]*)?)*$/;

/** As in OpenTelemetry's variables: `name=value,other=value`, values percent-encoded. `readPairs` gives them. */
function pairs() {
  return describe(z.string().regex(PAIRS), { wanted: 'pairs such as "name=value,other=value"' });
}

/** Throws nothing: what is not properly percent-encoded stays as it is. */
export function readPairs(written: string | undefined): Record<string, string> {
  const found: Record<string, string> = {};
  for (const pair of (written ?? '').split(',')) {
    const at = pair.indexOf('=');
    if (at > 0) found[decoded(pair.slice(0, at).trim())] = decoded(pair.slice(at + 1).trim());
  }
  return found;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function ratio() {
  return describe(z.number().min(0).max(1), { wanted: 'a number from 0 to 1' });
}

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** Every key has its variable, named as OpenTelemetry names it. */
export const telemetrySchema = section({
  disabled: key('Turns traces off, whatever else is set.', z.boolean().default(false)),
  exporter: key('Where traces go: to the endpoint, or nowhere.', z.enum(['otlp', 'none']).default('otlp')),
  endpoint: key('An OpenTelemetry collector; traces are posted to `/v1/traces` below it.', httpUrl().optional(), {
    standard: 'no traces',
  }),
  tracesEndpoint: key(
    'The whole address that traces are posted to, in the place of `endpoint`.',
    httpUrl().optional(),
    {
      standard: '`<endpoint>/v1/traces`',
    },
  ),
  headers: key('Headers sent along, `name=value,other=value`, values percent-encoded.', pairs().optional(), {
    secret: true,
  }),
  protocol: key('How spans are encoded.', z.enum(['http/protobuf', 'http/json']).default('http/protobuf')),
  timeoutMs: key('For one export, retries included.', milliseconds(1).default(10_000)),
  delayMs: key('How long spans are gathered before they are sent.', milliseconds(1).default(5_000)),
  serviceName: key('What this gateway is called in traces.', text().optional(), {
    standard: '`service.name` of the attributes, or `openclaw-gateway`',
  }),
  attributes: key('Facts about this gateway, `name=value,other=value`.', pairs().optional()),
  sampler: key('Which traces are kept.', z.enum(SAMPLERS).default('parentbased_always_on')),
  samplerRatio: key('For the samplers with a ratio: 1 keeps every trace.', ratio().default(1)),
});
