import * as z from 'zod';
import { agentsSchema } from './agents.js';
import { apiSchema } from './api.js';
import { channelsSchema } from './channels.js';
import { gatewaySchema } from './gateway.js';
import { key, section } from './key.js';
import { memorySchema } from './memory.js';
import { modelsSchema, providersSchema } from './providers.js';
import { skillsSchema } from './skills.js';
import { identifier, size, text, whole } from './values.js';

const loose = () => z.record(z.string(), z.unknown());

const database = section({
  url: key(
    'A PostgreSQL server, 15 or newer: `postgres://user:password@host:5432/database`.',
    z
      .string()
      .regex(/^postgres(ql)?:\/\/./)
      .optional(),
    {
      secret: true,
      wanted: 'a postgres:// URL',
      standard: 'the embedded PostgreSQL in the data folder',
    },
  ),
  poolSize: key('Connections that one gateway holds at most.', whole(1, 1_000).default(10)),
});

const logging = section({
  level: key('The least severe level that is written.', z.enum(['debug', 'info', 'warn', 'error']).default('info')),
  console: key(
    'What is written to the console: for people, for machines, or nothing.',
    z.enum(['pretty', 'json', 'off']).default('pretty'),
    { restart: true },
  ),
  file: key('Whether log files are written.', z.boolean().default(true), { restart: true }),
  dir: key('The folder of the log files.', text().optional(), { restart: true, standard: '`<home>/logs`' }),
  maxSize: key('A file that grows beyond this is followed by a new one.', size().default('20MB'), { restart: true }),
  maxFiles: key('Older files than so many are deleted.', whole(1, 10_000).default(14), { restart: true }),
});

export const configSchema = z.strictObject({
  gateway: key('The server and its operator.', gatewaySchema),
  api: key('The API that programs use.', apiSchema),
  providers: key('Who answers: providers of models.', providersSchema),
  models: key('Names of models.', modelsSchema),
  agents: key('The agents: a model, its instructions and what it may use.', agentsSchema),
  memory: key('Memory over conversations.', memorySchema),
  skills: key('What agents can do beside talking, and what that may do.', skillsSchema),
  channels: key('Chat platforms.', channelsSchema),
  database: key('Where everything is kept.', database, { restart: true, bootstrap: true }),
  logging: key('Logs.', logging),
  tenants: key('Tenants by name.', z.record(identifier(), loose()).prefault({})),
});

/** What the files, the stored overrides and the environment say together, validated and with every default. */
export type ConfigValues = z.output<typeof configSchema>;
