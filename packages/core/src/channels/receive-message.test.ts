import { describe, expect, it } from '@jest/globals';
import { AgentDirectory } from '../messages/agent-directory.js';
import { ModelCatalog } from '../messages/model-catalog.js';
import type { NewTurn } from '../messages/turn-store.js';
import { InMemoryLogger } from '../shared/logger.js';
import type { OpenChannel } from './channel-directory.js';
import type { IncomingMessage } from './channel-port.js';
import { InMemoryChannel } from './in-memory-channel.js';
import { InMemoryChannelDirectory } from './in-memory-channel-directory.js';
import { ReceiveMessage } from './receive-message.js';

const message: IncomingMessage = {
  ...{ updateId: 'u1', chatId: 'c1', kind: 'direct', addressed: true, text: 'hello', attachments: [] },
  ...{ from: { id: '42', name: 'Ada' }, sentAt: new Date() },
};

/** The turn that a message begins on this channel. */
async function turnOf(channel: string, more: Partial<IncomingMessage> = {}): Promise<NewTurn> {
  const turns: NewTurn[] = [];
  const inbox = {
    receive: async (_update: unknown, _chatId: string, turn: NewTurn) => (turns.push(turn), 'begun' as const),
    note: async () => true,
    chats: async () => [],
  };
  const providers = [{ name: 'primary', model: 'm1', models: [], fallback: false }];
  const agents = new AgentDirectory(
    { main: { history: { maxMessages: 20, maxTokens: 10_000 } } },
    new ModelCatalog({ providers, aliases: {}, onUnknown: 'error' }),
  );
  const directory = new InMemoryChannelDirectory();
  directory.add(channel, new InMemoryChannel());
  const receive = new ReceiveMessage(
    inbox,
    { execute: async () => true },
    () => agents,
    { draining: false },
    new InMemoryLogger(),
  );
  await receive.execute(directory.get(channel, 'default') as OpenChannel, { ...message, ...more });
  return turns[0] as NewTurn;
}

describe('ReceiveMessage', () => {
  it('names who writes with the channel where memory is asked, and as the platform does elsewhere', async () => {
    for (const channel of ['telegram', 'discord']) {
      const turn = await turnOf(channel);
      expect(turn.request.userId).toBe(`${channel}:42`);
      expect(turn.message.metadata).toEqual({ user_id: '42', user_name: 'Ada', channel_user: `${channel}:42` });
    }
  });

  it('asks no memory for somebody where others read along', async () => {
    expect((await turnOf('telegram', { kind: 'group' })).request.userId).toBeUndefined();
  });
});
