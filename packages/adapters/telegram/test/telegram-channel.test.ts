import { describe, it } from '@jest/globals';
import { channelPortContract } from '@openclaw/core/testing';
import { pollingFixture, webhookFixture } from './telegram-fixture.js';

describe('telegram as a ChannelPort, polled', () => {
  channelPortContract(it, pollingFixture);
});

describe('telegram as a ChannelPort, with a webhook', () => {
  channelPortContract(it, webhookFixture);
});
