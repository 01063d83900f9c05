import { IsOptional } from './class-validator.js';
import { MessageMetadata, type MessageResponse, type TokenCount } from './message.js';
import { Flag, Id, List, Name, ObjectValue, Reference, Text } from './rules.js';

/** The client's own name for a message, given back with all that is said of it: a string or a whole number. */
export type SocketReference = string | number;

export class SocketAuthRequest {
  @Name(1_000)
  token!: string;
}

/** Document B's WebSocket message. */
export class SocketMessageRequest {
  static readonly nested = { metadata: MessageMetadata };

  @IsOptional()
  @Name(64)
  channel?: string;

  @Text()
  content!: string;

  @IsOptional()
  @Id()
  conversation_id?: string;

  @IsOptional()
  @Flag()
  stream?: boolean;

  @IsOptional()
  @Reference()
  id?: SocketReference;

  @IsOptional()
  @Name(200)
  model?: string;

  @IsOptional()
  @ObjectValue()
  metadata?: Record<string, unknown>;

  @IsOptional()
  @Flag()
  memory?: boolean;
}

/** Of `subscribe` and `unsubscribe`. Which events there are is answered apart from the other rules. */
export class SocketSubscriptionRequest {
  @List(100)
  events!: unknown[];
}

export class SocketCancelRequest {
  @Reference()
  id!: SocketReference;
}

/** The `type` of everything that a client may send. */
export const SOCKET_REQUESTS = ['auth', 'message', 'subscribe', 'unsubscribe', 'cancel', 'ping'] as const;
export type SocketRequestType = (typeof SOCKET_REQUESTS)[number];

/** What an event is outside: of webhooks and WebSocket subscribers alike. */
export interface EventBody {
  event: string;
  /** ISO 8601, UTC. */
  timestamp: string;
  data: object;
}

/** `id` is the client's, else the message's. */
export type SocketResponse = { type: 'response'; message_id: string } & Omit<MessageResponse, 'id' | 'tokens'> & {
    id: SocketReference;
    tokens: TokenCount;
    /** The answer was cancelled; this is what had been said. */
    interrupted?: true;
  };

/** Everything that the gateway sends. */
export type SocketFrame =
  | { type: 'auth_success' }
  | { type: 'token'; content: string; conversation_id: string; id: SocketReference }
  | SocketResponse
  | { type: 'subscribed'; events: string[] }
  | ({ type: 'event'; id: string } & EventBody)
  | { type: 'cancelling'; id: SocketReference }
  | { type: 'pong' }
  | {
      type: 'error';
      error: string;
      message: string;
      id?: SocketReference;
      details?: Record<string, unknown>;
      /** Seconds. */
      retry_after?: number;
    };
