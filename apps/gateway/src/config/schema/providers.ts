import * as z from 'zod';
import { describe, key } from './key.js';
import { httpUrl, milliseconds, secretText, text, whole } from './values.js';

const provider = z.strictObject({
  type: key('Which interface the provider speaks.', z.enum(['anthropic', 'openai', 'openai-compatible', 'echo'])),
  model: key('The model to use where nobody asks for another one.', text().optional(), {
    standard: 'the first of `models`; `echo` for type echo',
  }),
  models: key('Further models that may be asked for.', z.array(text()).default([])),
  embeddings_model: key(
    'Serves /v1/embeddings, for types openai and openai-compatible; the first provider that has one does.',
    text().optional(),
    { standard: 'no embeddings' },
  ),
  api_key: key('Needed for anthropic and openai, unless base_url leads elsewhere.', secretText().optional()),
  base_url: key('Where the provider answers. Needed for openai-compatible.', httpUrl().optional(), {
    standard: "the vendor's address",
  }),
  timeout_ms: key(
    'How long the provider may stay silent, before and within an answer.',
    milliseconds(1).default(120_000),
  ),
  connect_timeout_ms: key('How long a connection may take.', milliseconds(1).default(10_000)),
  max_retries: key('Further attempts before the first token, on 429, 5xx and network errors.', whole(0, 20).default(2)),
});

export type Provider = z.output<typeof provider>;

export const providersSchema = z
  .object({
    primary: key('Asked first.', provider.optional(), {
      standard: 'the first named provider; with no provider at all the offline model "echo"',
    }),
    fallbacks: key('Asked in this order when the primary provider fails for good.', z.array(provider).default([])),
  })
  .catchall(describe(provider, { about: 'Further providers by name; their models are asked for as `name/model`.' }))
  .prefault({});

export const modelsSchema = z
  .strictObject({
    aliases: key(
      'Other names for models: `alias: model` or `alias: provider/model`.',
      z.record(z.string(), text()).default({}),
      {
        standard: "with no provider at all, the model names of the API's public documents, all answered by echo",
      },
    ),
    onUnknown: key(
      'What becomes of a model name that nobody knows: refused, or answered by the default model.',
      z.enum(['error', 'default']).default('error'),
    ),
  })
  .prefault({});

type Providers = z.output<typeof providersSchema>;

/** `primary`, where there is one, and the named ones, in the order in which they are written. */
export function namedProviders(providers: Providers): [name: string, provider: Provider][] {
  return Object.entries(providers).flatMap(([name, provider]) =>
    provider === undefined || Array.isArray(provider) ? [] : [[name, provider]],
  );
}
