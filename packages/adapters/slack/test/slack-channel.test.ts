import { describe, it } from '@jest/globals';
import { type ChannelFixture, channelPortContract } from '@openclaw/core/testing';
import { startSlackFixture } from './slack-fixture.js';
import { LONGEST_PART } from '../src/split-message.js';

describe.each(['socket', 'http'] as const)('Slack as a channel, mode %s', (mode) => {
  channelPortContract(it, async (): Promise<ChannelFixture> => {
    const { slack, channel, stop, taken } = await startSlackFixture(mode);
    let last: unknown;
    return {
      channel,
      chatId: 'C0000GENERAL',
      unknownChatId: 'C0000NOWHERE',
      longestPart: LONGEST_PART,
      taken,
      write: async ({ text, from }) => {
        if (from) slack.workspace.addUser({ id: 'U0000OTHER', name: from.name });
        const payloads = await slack.write({ text, ...(from && { user: 'U0000OTHER' }) });
        last = payloads[0];
      },
      writeAgain: () => slack.tell(last),
      breakDown: async () => slack.breakDown(),
      mend: async () => slack.mend(),
      stop,
    };
  });
});
