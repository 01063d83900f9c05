import { describe, it } from '@jest/globals';
import { channelPortContract } from '@openclaw/core/testing';
import { discordFixture } from './discord-fixture.js';

describe('discord as a ChannelPort', () => {
  channelPortContract(it, discordFixture);
});
