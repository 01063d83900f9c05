import { describe, it } from '@jest/globals';
import { attemptStoreContract } from './attempt-store.contract.js';
import { InMemoryAttemptStore } from './in-memory-attempt-store.js';
import { InMemoryLimitStore } from './in-memory-limit-store.js';
import { limitStoreContract } from './limit-store.contract.js';

describe('InMemoryLimitStore', () =>
  limitStoreContract(it, async () => {
    const store = new InMemoryLimitStore();
    return { one: store, two: store };
  }));

describe('InMemoryAttemptStore', () =>
  attemptStoreContract(it, async () => {
    const store = new InMemoryAttemptStore();
    return { one: store, two: store };
  }));
