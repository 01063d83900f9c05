import { describe, it } from '@jest/globals';
import { InMemoryConversations, InMemoryConversationStore } from '../conversations/in-memory-conversations.js';
import { conversationStoreContract } from '../conversations/conversation-store.contract.js';
import { InMemoryTurnStore } from '../messages/in-memory-turn-store.js';
import { turnStoreContract } from '../messages/turn-store.contract.js';
import { InMemorySettingsStore } from '../settings/in-memory-settings-store.js';
import { settingsStoreContract } from '../settings/settings-store.contract.js';
import { InMemoryTokenStore } from '../tokens/in-memory-token-store.js';
import { tokenStoreContract } from '../tokens/token-store.contract.js';

async function stores() {
  const data = new InMemoryConversations();
  const one = new InMemoryTurnStore(data);
  return { one, two: one.sibling('two'), turns: one, conversations: new InMemoryConversationStore(data) };
}

describe('InMemoryTokenStore', () => tokenStoreContract(it, async () => new InMemoryTokenStore()));
describe('InMemoryTurnStore', () => turnStoreContract(it, stores));
describe('InMemoryConversationStore', () => conversationStoreContract(it, stores));
describe('InMemorySettingsStore', () => settingsStoreContract(it, async () => new InMemorySettingsStore()));
