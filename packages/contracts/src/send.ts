import { Name, Text } from './rules.js';

export const CHANNEL_TYPES = ['telegram', 'discord', 'slack', 'webhook'] as const;

/** Document A: POST /api/v1/send. Which channels there are is answered apart from the other rules. */
export class SendRequest {
  @Name(64)
  channel!: string;

  @Name(200)
  chatId!: string;

  @Text()
  message!: string;
}
