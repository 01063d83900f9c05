import { IsOptional } from './class-validator.js';
import {
  anyOf,
  constSchema,
  listSchema,
  numberSchema,
  objectSchema,
  textSchema,
  wholeSchema,
} from './openapi/schema.js';
import { AnyText, Name, OneOf, Whole } from './rules.js';

/** POST /v1/embeddings */
export class EmbeddingsRequest {
  static readonly about = {
    model: { description: 'The configured embeddings model, or an agent.' },
    input: {
      description: 'A text, texts, or either as token numbers.',
      anyOf: [{ type: 'string' }, { type: 'array', minItems: 1 }],
    },
  };

  @Name(200)
  model!: string;

  @IsOptional()
  input?: unknown;

  @IsOptional()
  @Whole(1, 100_000)
  dimensions?: number;

  @IsOptional()
  @OneOf(['float', 'base64'])
  encoding_format?: 'float' | 'base64';

  @IsOptional()
  @AnyText()
  user?: string;
}

export interface EmbeddingList {
  object: 'list';
  /** As base64: 32-bit floats, little-endian. */
  data: { object: 'embedding'; index: number; embedding: number[] | string }[];
  model: string;
  usage: { prompt_tokens: number; total_tokens: number };
}

export const embeddingListSchema = objectSchema<EmbeddingList>(
  {
    object: constSchema('list'),
    data: listSchema(
      objectSchema<EmbeddingList['data'][number]>({
        object: constSchema('embedding'),
        index: wholeSchema(),
        embedding: anyOf(
          listSchema(numberSchema()),
          textSchema({ description: 'As base64: 32-bit floats, little-endian.' }),
        ),
      }),
    ),
    model: textSchema(),
    usage: objectSchema<EmbeddingList['usage']>({ prompt_tokens: wholeSchema(), total_tokens: wholeSchema() }),
  },
  { title: 'EmbeddingList' },
);
