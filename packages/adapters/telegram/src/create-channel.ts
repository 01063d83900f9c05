import type { CreateChannel } from '@openclaw/core';
import { TelegramChannel } from './telegram-channel.js';
import { telegramSettings } from './telegram-settings.js';

export const createChannel: CreateChannel = (setup) => new TelegramChannel(telegramSettings(setup), setup.logger);
