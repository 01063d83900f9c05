import {
  dtoSchema,
  embeddingListSchema,
  EmbeddingsRequest,
  openAiErrorSchema,
  type Operation,
} from '@openclaw/contracts';

export const embeddingsDocs: Operation = {
  tag: 'OpenAI-compatible',
  errorSchema: openAiErrorSchema,
  id: 'createEmbeddings',
  summary: 'Vectors of texts',
  description:
    'There only where `gateway.http.endpoints.chatCompletions.enabled` is set; 400 where no provider is configured for it (`memory.embeddings`, or a provider’s `embeddings_model`).',
  body: {
    schema: dtoSchema(EmbeddingsRequest),
    examples: { texts: { model: 'openclaw', input: ['Paris', 'Madrid'] } },
  },
  answers: {
    200: {
      description: 'One vector for each text, in their order.',
      json: {
        schema: embeddingListSchema,
        examples: {
          vectors: {
            object: 'list',
            data: [
              { object: 'embedding', index: 0, embedding: [0.25, -0.5, 0.125] },
              { object: 'embedding', index: 1, embedding: [0.5, -0.25, 0.0625] },
            ],
            model: 'text-embedding-3-small',
            usage: { prompt_tokens: 2, total_tokens: 2 },
          },
        },
      },
    },
  },
  errors: [404, 502],
};
