export {
  OpenClawClient,
  type ChatOptions,
  type ClientOptions,
  type MessageOptions,
  type SendOptions,
} from './openclaw-client.js';
export type { CallOptions } from './call-options.js';
export type { Memory } from './memory.js';
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
