import { describe, it } from '@jest/globals';
import { InMemoryConversations, InMemoryConversationStore } from '../conversations/in-memory-conversations.js';
import { InMemoryTurnStore } from '../messages/in-memory-turn-store.js';
import { Clock } from '../shared/clock.js';
import {
  InMemoryWebhookDeliveries,
  InMemoryWebhookEndpoints,
  InMemoryWebhookQueue,
  InMemoryWebhooks,
} from './in-memory-webhooks.js';
import { webhooksContract } from './webhooks.contract.js';

/** The system's time and what was put before it. */
class AdvancedClock extends Clock {
  private ahead = 0;

  now(): Date {
    return new Date(Date.now() + this.ahead);
  }

  advance(ms: number): void {
    this.ahead += ms;
  }
}

describe('the in-memory webhooks', () =>
  webhooksContract(it, async () => {
    const conversations = new InMemoryConversations();
    const clock = new AdvancedClock();
    const data = new InMemoryWebhooks(conversations, clock);
    return {
      endpoints: new InMemoryWebhookEndpoints(data),
      deliveries: new InMemoryWebhookDeliveries(data),
      one: new InMemoryWebhookQueue(data),
      two: new InMemoryWebhookQueue(data),
      turns: new InMemoryTurnStore(conversations),
      conversations: new InMemoryConversationStore(conversations),
      pass: async (ms) => clock.advance(ms),
    };
  }));
