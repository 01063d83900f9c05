import { Name, Text } from './rules.js';

export const CHANNEL_TYPES = ['telegram', 'discord', 'slack', 'webhook'] as const;

/** Document A: POST /api/v1/send. Which channels there are is answered apart from the other rules. */
export class SendRequest {
  static readonly about = {
    channel: { description: `One of ${CHANNEL_TYPES.join(', ')}.` },
    chatId: { description: 'The chat, as the platform names it.' },
  };

  @Name(64)
  channel!: string;

  @Name(200)
  chatId!: string;

  @Text()
  message!: string;
}
