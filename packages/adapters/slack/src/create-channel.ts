import type { CreateChannel } from '@openclaw/core';
import { HttpSlackChannel } from './http-slack-channel.js';
import { readSettings } from './slack-settings.js';
import { SocketSlackChannel } from './socket-slack-channel.js';

export const createChannel: CreateChannel = ({ name, settings, logger }) => {
  const slack = readSettings(name, settings);
  return slack.mode === 'socket'
    ? new SocketSlackChannel({ name, settings: slack, logger })
    : new HttpSlackChannel({ name, settings: slack, logger });
};
