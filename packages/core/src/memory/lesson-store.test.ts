import { describe, it } from '@jest/globals';
import { InMemoryConversations, InMemoryConversationStore } from '../conversations/in-memory-conversations.js';
import { InMemoryTurnStore } from '../messages/in-memory-turn-store.js';
import { InMemoryLessonStore } from './in-memory-lesson-store.js';
import { InMemoryMemoryIndex } from './in-memory-memory-index.js';
import { lessonStoreContract } from './lesson-store.contract.js';

describe('InMemoryLessonStore', () =>
  lessonStoreContract(it, async () => {
    const data = new InMemoryConversations();
    const index = new InMemoryMemoryIndex(data);
    return {
      index,
      lessons: new InMemoryLessonStore(data, index),
      turns: new InMemoryTurnStore(data),
      conversations: new InMemoryConversationStore(data),
    };
  }));
