export { createChannel, WebhookChannel } from './webhook-channel.js';
