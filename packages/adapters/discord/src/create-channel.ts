import type { CreateChannel } from '@openclaw/core';
import { DiscordChannel } from './discord-channel.js';
import { discordSettings } from './discord-settings.js';

export const createChannel: CreateChannel = (setup) => new DiscordChannel(discordSettings(setup), setup.logger);
