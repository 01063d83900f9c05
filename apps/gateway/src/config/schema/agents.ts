import * as z from 'zod';
import { describe, key, section } from './key.js';
import { recallSchema } from './memory.js';
import { text, whole } from './values.js';

const agent = z.strictObject({
  model: key('A model, an alias or `provider/model`.', text().optional(), { standard: "the primary provider's model" }),
  systemPrompt: key('Instructions that go before every conversation.', z.string().optional()),
  skills: key('Names of the skills that the agent may use.', z.array(text()).optional(), {
    standard: 'every active skill but those that come with the gateway',
  }),
  memory: key(
    'What of earlier conversations the agent recalls before it answers; `true` and `false` stand for `enabled`.',
    recallSchema.prefault({}),
  ),
  maxConcurrent: key('Model calls that run at once, on each gateway.', whole(1, 100_000).default(1_000)),
  maxQueued: key(
    'Turns that wait for one of those to end, on each gateway; a call that comes on top of them is answered with 503.',
    whole(0, 100_000).default(1_000),
  ),
  maxSteps: key('Model calls within one turn, skill calls included.', whole(1, 1_000).default(10)),
  history: key(
    'How much of a conversation the model is given, the newest first.',
    section({
      maxMessages: key('Messages.', whole(0, 100_000).default(50)),
      maxTokens: key('Tokens, estimated.', whole(0, 100_000_000).default(16_000)),
    }),
  ),
});

export const agentsSchema = z
  .object({ main: key('The agent that answers where none is named. Always there.', agent.prefault({})) })
  .catchall(describe(agent, { about: 'Further agents by name.' }))
  .prefault({});
