import { CronExpressionParser } from 'cron-parser';
import * as z from 'zod';
import { describe, key, section } from './key.js';
import { text, whole } from './values.js';

/** What an agent recalls before it answers; true and false stand for `enabled` alone. */
export const recallSchema = z.preprocess(
  (value) => (typeof value === 'boolean' ? { enabled: value } : value),
  z.strictObject({
    enabled: key('Whether anything is recalled.', z.boolean().default(true)),
    scope: key('Where it may come from.', z.enum(['conversation', 'user', 'agent', 'tenant']).optional(), {
      standard: '`user` where the channel knows the user, else `conversation`',
    }),
    limit: key('Entries at most.', whole(0, 50).default(5)),
    maxTokens: key('Tokens of all of them, estimated.', whole(1, 1_000_000).default(1_000)),
    minScore: key(
      'The least score, 0 to 1.',
      describe(z.number().min(0).max(1), { wanted: 'a number from 0 to 1' }).default(0.3),
    ),
  }),
);

const embeddings = z.strictObject({
  provider: key('The name of a provider of type openai or openai-compatible.', text()),
  model: key('Its model for embeddings.', text()),
  dimensions: key('How long the vectors are, where the model has a choice.', whole(1, 16_000).optional(), {
    standard: 'as the model has it',
  }),
});

export const memorySchema = section({
  embeddings: key(
    'Memory is found by what it means as well; changing it embeds everything anew, in the background. Serves /v1/embeddings too, where no provider has an `embeddings_model`.',
    embeddings.optional(),
    { standard: 'found by its words' },
  ),
  compaction: key(
    'What is old is put into compressed segments; every word is kept and found as before.',
    section({
      schedule: key('When, as a cron expression in UTC.', cron().default('17 3 * * *'), { restart: true }),
      afterDays: key('How old entries have to be, in days.', whole(0, 36_500).default(30)),
    }),
  ),
});

function cron() {
  return describe(z.string().refine(isCron), { wanted: 'a cron expression of five fields such as "0 3 * * *"' });
}

function isCron(value: string): boolean {
  if (value.trim().split(/\s+/).length !== 5) return false;
  try {
    CronExpressionParser.parse(value);
    return true;
  } catch {
    return false;
  }
}
