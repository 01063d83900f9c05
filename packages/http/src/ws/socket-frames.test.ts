import { describe, expect, it } from '@jest/globals';
import { socketCommand } from './socket-frames.js';

describe('socketCommand', () => {
  it('says who speaks, and whether anything is to be recalled, as POST /message does', () => {
    const metadata = { user_id: 'ann', mood: 'good' };
    expect(socketCommand({ content: 'hi', conversation_id: 'talk', metadata, memory: false }, 'acme')).toEqual({
      tenant: 'acme',
      text: 'hi',
      conversationId: 'talk',
      metadata,
      request: { userId: 'ann', memory: false },
    });
    expect(socketCommand({ content: 'hi' }, 'acme')).toEqual({ tenant: 'acme', text: 'hi', request: {} });
  });
});
