import { describe, it } from '@jest/globals';
import { InMemoryConversations, InMemoryConversationStore } from '../conversations/in-memory-conversations.js';
import { InMemoryMemoryIndex } from './in-memory-memory-index.js';
import { InMemoryVectorIndex } from './in-memory-vector-index.js';
import { vectorIndexContract } from './vector-index.contract.js';

describe('InMemoryVectorIndex', () =>
  vectorIndexContract(it, async () => {
    const data = new InMemoryConversations();
    const index = new InMemoryMemoryIndex(data);
    const vectors = new InMemoryVectorIndex(index);
    return { vectors, narrow: vectors.narrowed(3), index, conversations: new InMemoryConversationStore(data) };
  }));
