import { describe, expect, it } from '@jest/globals';
import { turnCommand } from './prompt-call.js';

const prompt = { agentId: 'main', messages: [{ role: 'user' as const, content: 'hi' }], options: {} };

describe('turnCommand', () => {
  it('passes on that nothing is to be recalled', () => {
    expect(turnCommand({ ...prompt, memory: false }, 'talk', 'acme').request).toEqual({ memory: false });
    expect(turnCommand({ ...prompt, memory: undefined }, 'talk', 'acme').request).toEqual({});
  });
});
