export {
  OpenClawClient,
  type ChatOptions,
  type ClientOptions,
  type MessageOptions,
  type SendOptions,
} from './openclaw-client.js';
export { OpenClaw, type SessionAnswer, type SessionMessage } from './openclaw.js';
export type { CallOptions } from './call-options.js';
export type { Channels } from './channels.js';
export type { Config } from './config.js';
export type { Conversations } from './conversations.js';
export type { Memory } from './memory.js';
export type { Sessions } from './sessions.js';
export type { Skills } from './skills.js';
export {
  ApiError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  ConnectionError,
  NotFoundError,
  OpenClawError,
  PermissionError,
  RateLimitError,
  ServerError,
  StreamError,
  TimeoutError,
} from './errors.js';
export type { Webhooks } from './webhooks.js';
export { verifyWebhook, type VerifyOptions, type WebhookHeaders, WebhookVerificationError } from './verify-webhook.js';
export type * from './wire.js';
