export { createChannel } from './create-channel.js';
export { DiscordChannel } from './discord-channel.js';
export type { DiscordSettings } from './discord-settings.js';
