import { describe, it } from '@jest/globals';
import { channelStoresContract } from '../channels/channel-stores.contract.js';
import {
  InMemoryChannelInbox,
  InMemoryChannelLinks,
  InMemoryDraftStore,
  InMemoryPairingStore,
} from '../channels/in-memory-channel-stores.js';
import { InMemoryConversations, InMemoryConversationStore } from '../conversations/in-memory-conversations.js';
import { conversationStoreContract } from '../conversations/conversation-store.contract.js';
import { eventLogContract } from '../events/event-log.contract.js';
import { InMemoryEventLog } from '../events/in-memory-event-log.js';
import { idempotencyKeysContract } from '../idempotency/idempotency-keys.contract.js';
import { InMemoryIdempotencyKeys } from '../idempotency/in-memory-idempotency-keys.js';
import { InMemoryTurnRelay } from '../messages/in-memory-turn-relay.js';
import { turnRelayContract } from '../messages/turn-relay.contract.js';
import { FixedClock } from './clock.js';
import { InMemoryTurnStore } from '../messages/in-memory-turn-store.js';
import { turnStoreContract } from '../messages/turn-store.contract.js';
import { InMemorySendStore } from '../sends/in-memory-send-store.js';
import { sendStoreContract } from '../sends/send-store.contract.js';
import { InMemorySkillStore } from '../skills/in-memory-skill-store.js';
import { skillStoreContract } from '../skills/skill-store.contract.js';
import { InMemorySettingsStore } from '../settings/in-memory-settings-store.js';
import { settingsStoreContract } from '../settings/settings-store.contract.js';
import { InMemoryTokenStore } from '../tokens/in-memory-token-store.js';
import { tokenStoreContract } from '../tokens/token-store.contract.js';

async function stores() {
  const data = new InMemoryConversations();
  const one = new InMemoryTurnStore(data);
  return {
    one,
    two: one.sibling('two'),
    turns: one,
    conversations: new InMemoryConversationStore(data),
    events: new InMemoryEventLog(data),
  };
}

describe('InMemoryTokenStore', () => tokenStoreContract(it, async () => new InMemoryTokenStore()));
describe('InMemoryTurnStore', () => turnStoreContract(it, stores));
describe('InMemoryTurnRelay', () =>
  turnRelayContract(it, async () => {
    const data = new InMemoryConversations();
    const turns = new InMemoryTurnStore(data);
    const relay = new InMemoryTurnRelay(data);
    return {
      one: { relay, turns },
      two: { relay: new InMemoryTurnRelay(data), turns: turns.sibling('two') },
      conversations: new InMemoryConversationStore(data),
    };
  }));
describe('InMemoryIdempotencyKeys', () =>
  idempotencyKeysContract(it, async () => {
    const { one, two, conversations } = await stores();
    const clock = new FixedClock(new Date());
    const keys = new InMemoryIdempotencyKeys(one, clock);
    return {
      one: { keys, turns: one },
      two: { keys: keys.sibling(two), turns: two },
      conversations,
      pass: async (ms) => clock.advance(ms),
    };
  }));
describe('InMemoryConversationStore', () => conversationStoreContract(it, stores));
describe('InMemorySkillStore', () => skillStoreContract(it, async () => new InMemorySkillStore()));
describe('InMemorySettingsStore', () => settingsStoreContract(it, async () => new InMemorySettingsStore()));
describe('InMemoryEventLog', () => eventLogContract(it, stores));
describe('InMemorySendStore', () =>
  sendStoreContract(it, async () => {
    const data = new InMemoryConversations();
    const one = new InMemorySendStore(data);
    return {
      one,
      two: one.sibling('two'),
      turns: new InMemoryTurnStore(data),
      conversations: new InMemoryConversationStore(data),
      events: new InMemoryEventLog(data),
      pass: async (ms) => one.pass(ms),
      oneDies: async () => one.die(),
    };
  }));
describe('in-memory stores of channels', () =>
  channelStoresContract(it, async () => {
    const data = new InMemoryConversations();
    const turns = new InMemoryTurnStore(data);
    const inbox = new InMemoryChannelInbox(data, turns);
    const links = new InMemoryChannelLinks(data, inbox);
    const pairings = new InMemoryPairingStore();
    const sends = new InMemorySendStore(data);
    return {
      one: { inbox, links, turns },
      two: { inbox, links: links.sibling('two'), turns: turns.sibling('two') },
      drafts: new InMemoryDraftStore(data),
      pairings,
      sends,
      conversations: new InMemoryConversationStore(data),
      events: new InMemoryEventLog(data),
      pass: async (ms) => {
        links.pass(ms);
        pairings.pass(ms);
      },
    };
  }));
