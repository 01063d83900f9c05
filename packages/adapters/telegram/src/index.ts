export { createChannel } from './create-channel.js';
export { TelegramChannel } from './telegram-channel.js';
export type { TelegramSettings } from './telegram-settings.js';
