import { type Success, successSchema } from './session-message.js';
import {
  constSchema,
  enumSchema,
  flagSchema,
  type JsonSchema,
  listSchema,
  looseSchema,
  numberSchema,
  objectSchema,
  textSchema,
  wholeSchema,
} from './openapi/schema.js';

/** GET /health and /api/v1/health; `draining` comes with a 503. */
export interface Health {
  status: 'ok' | 'draining';
  version: string;
  uptime_seconds: number;
}

export interface ComponentState {
  status: 'ok' | 'degraded' | 'down';
  [fact: string]: unknown;
}

/** GET /health/detail; 503 when `status` is `down` or `draining`. */
export interface HealthDetail {
  status: 'ok' | 'degraded' | 'down' | 'draining';
  database: ComponentState;
  provider: ComponentState;
  channels: ComponentState;
  webhooks: ComponentState;
  skills: ComponentState;
}

/** GET /api/v1/status: document B's members, and document D's in its envelope. */
export interface Status extends Success<{
  gateway: { status: string; version: string; uptime: number };
  models: { available: number; default: string };
  sessions: { active: number; total: number };
}> {
  status: 'running' | 'draining';
  version: string;
  uptime_seconds: number;
  gateway: { port: number; bind: string; auth_enabled: boolean };
  reasoning: { primary_provider: string; primary_model: string; total_requests: number; avg_latency_ms: number };
  memory: { wal_entries: number; compacted_files: number; total_size_mb: number };
  skills: { installed: number; active: number; container_engine: string | null; rootless: boolean };
  channels: { connected: string[]; disconnected: string[] };
}

/** GET /api/v1/models */
export interface ModelList {
  models: { id: string; provider: string; default: boolean }[];
  default: string;
}

/** PUT /api/v1/config; paths are dotted. */
export interface ConfigUpdated {
  config: unknown;
  applied: string[];
  restart_required: boolean;
  restart_paths: string[];
}

export const healthSchema = objectSchema<Health>(
  { status: enumSchema('ok', 'draining'), version: textSchema(), uptime_seconds: wholeSchema() },
  { title: 'Health' },
);

const componentSchema = objectSchema<ComponentState>(
  { status: enumSchema('ok', 'degraded', 'down') },
  { title: 'ComponentState', additionalProperties: true },
);

export const healthDetailSchema = objectSchema<HealthDetail>(
  {
    status: enumSchema('ok', 'degraded', 'down', 'draining'),
    database: componentSchema,
    provider: componentSchema,
    channels: componentSchema,
    webhooks: componentSchema,
    skills: componentSchema,
  },
  { title: 'HealthDetail' },
);

const STATES = ['running', 'draining'] as const;

export const statusSchema = objectSchema<Status>(
  {
    status: enumSchema(...STATES),
    version: textSchema(),
    uptime_seconds: wholeSchema(),
    gateway: objectSchema<Status['gateway']>({
      port: wholeSchema(),
      bind: textSchema(),
      auth_enabled: flagSchema(),
    }),
    reasoning: objectSchema<Status['reasoning']>({
      primary_provider: textSchema(),
      primary_model: textSchema(),
      total_requests: wholeSchema(),
      avg_latency_ms: numberSchema({ minimum: 0 }),
    }),
    memory: objectSchema<Status['memory']>({
      wal_entries: wholeSchema(),
      compacted_files: wholeSchema(),
      total_size_mb: numberSchema({ minimum: 0 }),
    }),
    skills: objectSchema<Status['skills']>({
      installed: wholeSchema(),
      active: wholeSchema(),
      container_engine: { type: ['string', 'null'] },
      rootless: flagSchema(),
    }),
    channels: objectSchema<Status['channels']>({
      connected: listSchema(textSchema()),
      disconnected: listSchema(textSchema()),
    }),
    success: constSchema(true),
    data: objectSchema<Status['data']>({
      gateway: objectSchema<Status['data']['gateway']>({
        status: enumSchema(...STATES),
        version: textSchema(),
        uptime: wholeSchema({ description: 'In seconds.' }),
      }),
      models: objectSchema<Status['data']['models']>({ available: wholeSchema(), default: textSchema() }),
      sessions: objectSchema<Status['data']['sessions']>({ active: wholeSchema(), total: wholeSchema() }),
    }),
  },
  { title: 'Status' },
);

export const modelListSchema = objectSchema<ModelList>(
  {
    models: listSchema(
      objectSchema<ModelList['models'][number]>({ id: textSchema(), provider: textSchema(), default: flagSchema() }),
    ),
    default: textSchema(),
  },
  { title: 'ModelList' },
);

/** The keys are those of docs/configuration.md. */
export const configSchema: JsonSchema = looseSchema({
  title: 'Config',
  description: 'The effective configuration; every secret is `***REDACTED***`.',
});

export const configPartSchema = successSchema('ConfigPart', { description: 'That part of the configuration.' });

export const configUpdatedSchema = objectSchema<ConfigUpdated>(
  {
    config: configSchema,
    applied: listSchema(textSchema({ description: 'A dotted path.' })),
    restart_required: flagSchema(),
    restart_paths: listSchema(textSchema()),
  },
  { title: 'ConfigUpdated' },
);
