import {
  configPartSchema,
  configSchema,
  configUpdatedSchema,
  healthDetailSchema,
  healthSchema,
  logListSchema,
  LogsQuery,
  modelListSchema,
  type Operation,
  statusSchema,
} from '@openclaw/contracts';

const health: Omit<Operation, 'id'> = {
  tag: 'Gateway',
  summary: 'Whether the gateway takes calls',
  answers: {
    200: {
      description: 'It does.',
      json: { schema: healthSchema, examples: { ok: { status: 'ok', version: '0.1.0', uptime_seconds: 3600 } } },
    },
    503: {
      description: 'It is shutting down.',
      json: {
        schema: healthSchema,
        examples: { draining: { status: 'draining', version: '0.1.0', uptime_seconds: 3600 } },
      },
    },
  },
};

export const healthDocs: Operation = { id: 'health', ...health };
export const apiHealthDocs: Operation = { id: 'apiHealth', ...health };

export const healthDetailDocs: Operation = {
  id: 'healthDetail',
  tag: 'Gateway',
  summary: 'The state of every component',
  answers: {
    200: {
      description: 'The gateway can serve, if need be without a component.',
      json: {
        schema: healthDetailSchema,
        examples: {
          ok: {
            status: 'ok',
            database: { status: 'ok', latency_ms: 0.4 },
            provider: { status: 'ok', providers: [{ name: 'primary', status: 'ok' }] },
            channels: { status: 'ok', connected: [], disconnected: [] },
            webhooks: { status: 'ok', endpoints: 0 },
            skills: { status: 'ok', installed: 0 },
          },
        },
      },
    },
    503: {
      description: 'It can not: the database is away, or it is shutting down.',
      json: { schema: healthDetailSchema },
    },
  },
};

export const statusDocs: Operation = {
  id: 'status',
  tag: 'Gateway',
  summary: 'The state of the gateway',
  description: 'The members under `data` repeat what some clients look for there.',
  answers: {
    200: {
      description: 'The state.',
      json: {
        schema: statusSchema,
        examples: {
          running: {
            status: 'running',
            version: '0.1.0',
            uptime_seconds: 3600,
            gateway: { port: 18789, bind: '127.0.0.1', auth_enabled: true },
            reasoning: {
              primary_provider: 'anthropic',
              primary_model: 'claude-sonnet-4-5',
              total_requests: 42,
              avg_latency_ms: 812,
            },
            memory: { wal_entries: 0, compacted_files: 0, total_size_mb: 0 },
            skills: { installed: 0, active: 0, container_engine: null, rootless: false },
            channels: { connected: [], disconnected: [] },
            success: true,
            data: {
              gateway: { status: 'running', version: '0.1.0', uptime: 3600 },
              models: { available: 2, default: 'claude-sonnet-4-5' },
              sessions: { active: 1, total: 7 },
            },
          },
        },
      },
    },
  },
};

export const modelsDocs: Operation = {
  id: 'listModels',
  tag: 'Gateway',
  summary: 'The models that can be asked for',
  answers: {
    200: {
      description: 'The models, and which one answers when none is named.',
      json: {
        schema: modelListSchema,
        examples: {
          models: {
            models: [{ id: 'claude-sonnet-4-5', provider: 'anthropic', default: true }],
            default: 'claude-sonnet-4-5',
          },
        },
      },
    },
  },
};

export const configDocs: Operation = {
  id: 'getConfig',
  tag: 'Gateway',
  summary: 'The effective configuration',
  answers: { 200: { description: 'Secrets are `***REDACTED***`.', json: { schema: configSchema } } },
};

export const configPartDocs: Operation = {
  id: 'getConfigPart',
  tag: 'Gateway',
  summary: 'A part of the configuration',
  path: { path: 'Dotted or slashed: `gateway.auth` or `gateway/auth`.' },
  answers: { 200: { description: 'Secrets are `***REDACTED***`.', json: { schema: configPartSchema } } },
  errors: [404],
};

export const configUpdateDocs: Operation = {
  id: 'updateConfig',
  tag: 'Gateway',
  summary: 'Change the configuration',
  description:
    'Merged into what is there, and checked as a whole before anything changes. `***REDACTED***` leaves a secret as it is.',
  body: { schema: configSchema, examples: { level: { logging: { level: 'debug' } } } },
  answers: {
    200: {
      description: 'What is in effect now, and what waits for the next start.',
      json: { schema: configUpdatedSchema },
    },
  },
  errors: [409],
};

export const logsDocs: Operation = {
  id: 'getLogs',
  tag: 'Gateway',
  summary: 'The newest lines of the log',
  query: LogsQuery,
  answers: {
    200: {
      description: 'Oldest first; `total` counts all that matched.',
      json: {
        schema: logListSchema,
        examples: {
          lines: {
            logs: [
              {
                timestamp: '2026-11-20T12:00:00.000Z',
                level: 'info',
                component: 'gateway',
                message: 'gateway started',
                port: 18789,
              },
            ],
            total: 1,
          },
        },
      },
    },
  },
};
