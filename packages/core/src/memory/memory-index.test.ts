import { describe, it } from '@jest/globals';
import { InMemoryConversations, InMemoryConversationStore } from '../conversations/in-memory-conversations.js';
import { InMemoryTurnStore } from '../messages/in-memory-turn-store.js';
import { InMemoryMemoryIndex } from './in-memory-memory-index.js';
import { memoryIndexContract } from './memory-index.contract.js';

describe('InMemoryMemoryIndex', () =>
  memoryIndexContract(it, async () => {
    const data = new InMemoryConversations();
    return {
      index: new InMemoryMemoryIndex(data),
      turns: new InMemoryTurnStore(data),
      conversations: new InMemoryConversationStore(data),
    };
  }));
