import * as z from 'zod';
import { key } from './key.js';
import { text, whole } from './values.js';

const embeddings = z.strictObject({
  provider: key('The name of a provider of type openai or openai-compatible.', text()),
  model: key('Its model for embeddings.', text()),
  dimensions: key('How long the vectors are, where the model has a choice.', whole(1, 16_000).optional(), {
    standard: 'as the model has it',
  }),
});

export const memorySchema = z
  .looseObject({
    embeddings: key(
      'Makes vectors of texts; serves /v1/embeddings too, where no provider has an `embeddings_model`.',
      embeddings.optional(),
      { standard: 'no embeddings' },
    ),
  })
  .prefault({});
