import { describe, it } from '@jest/globals';
import { InMemoryConversations, InMemoryConversationStore } from '../conversations/in-memory-conversations.js';
import { InMemoryTurnStore } from '../messages/in-memory-turn-store.js';
import { InMemoryMemoryIndex } from './in-memory-memory-index.js';
import { InMemorySummaryStore } from './in-memory-summary-store.js';
import { summaryStoreContract } from './summary-store.contract.js';

describe('InMemorySummaryStore', () =>
  summaryStoreContract(it, async () => {
    const data = new InMemoryConversations();
    const index = new InMemoryMemoryIndex(data);
    return {
      index,
      summaries: new InMemorySummaryStore(data, index),
      turns: new InMemoryTurnStore(data),
      conversations: new InMemoryConversationStore(data),
    };
  }));
