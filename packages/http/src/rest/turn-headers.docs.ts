import { enumSchema, type ParameterDoc, textSchema } from '@openclaw/contracts';

export const idempotencyHeader: ParameterDoc = {
  name: 'Idempotency-Key',
  description:
    'The same key with the same body within 24 hours gets the first answer again (`Idempotent-Replayed: true`), and nothing is run twice.',
  schema: textSchema({ minLength: 1, maxLength: 255, pattern: '^[\\x20-\\x7e]*$' }),
};

export const detachHeader: ParameterDoc = {
  name: 'X-OpenClaw-Detach',
  description: '`true`: the turn goes on without its client, and its stream can be taken up again.',
  schema: enumSchema('true', 'false'),
};
