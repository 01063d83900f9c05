import { IsOptional } from './class-validator.js';
import { IsoTime, OneOf, Whole } from './rules.js';
import { enumSchema, listSchema, objectSchema, textSchema, timeSchema, wholeSchema } from './openapi/schema.js';

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export const COMPONENTS = ['gateway', 'reasoning', 'memory', 'skills', 'channels', 'webhooks'] as const;

/** GET /api/v1/logs */
export class LogsQuery {
  static readonly about = {
    lines: { description: 'The newest so many.', default: 50 },
    level: { description: 'The least severe level wanted.', default: 'info' },
  };

  @IsOptional()
  @Whole(1, 1000)
  lines?: number;

  /** The least severe level wanted. */
  @IsOptional()
  @OneOf(LEVELS)
  level?: (typeof LEVELS)[number];

  @IsOptional()
  @IsoTime()
  since?: string;

  @IsOptional()
  @OneOf(COMPONENTS)
  component?: (typeof COMPONENTS)[number];
}

export interface LogList {
  logs: { timestamp: string; level: string; component: string; message: string; [field: string]: unknown }[];
  /** All that matched, also those that `lines` left out. */
  total: number;
}

export const logListSchema = objectSchema<LogList>(
  {
    logs: listSchema(
      objectSchema<LogList['logs'][number]>(
        {
          timestamp: timeSchema(),
          level: enumSchema(...LEVELS),
          component: textSchema(),
          message: textSchema(),
        },
        { additionalProperties: true, description: 'With further members of its own.' },
      ),
    ),
    total: wholeSchema(),
  },
  { title: 'LogList' },
);
