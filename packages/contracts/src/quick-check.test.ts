import { describe, expect, it } from '@jest/globals';
import { IsOptional, ValidateNested, validateSync } from 'class-validator';
import { ChatRequest } from './chat.js';
import { ConversationListQuery } from './conversations.js';
import { MessageRequest } from './message.js';
import { quickCheck } from './quick-check.js';

const VALUES = [
  undefined,
  null,
  '',
  'text',
  'a\nb',
  'x'.repeat(300),
  0,
  1,
  1.5,
  -1,
  3,
  1e9,
  NaN,
  true,
  [],
  {},
  '2026-03-20',
];

describe('quickCheck', () => {
  it.each([[ChatRequest], [MessageRequest], [ConversationListQuery]])('agrees with class-validator about %p', (Dto) => {
    const keeps = quickCheck(Dto);
    const members = Object.keys(Object.assign(new Dto(), { message: '', conversationId: '', model: '', limit: 0 }));
    for (const member of new Set([
      ...members,
      'temperature',
      'maxTokens',
      'metadata',
      'timeout_ms',
      'since',
      'offset',
    ])) {
      for (const value of VALUES) {
        for (const message of ['hello', undefined]) {
          const dto = Object.assign(new Dto(), { message }, { [member]: value });
          const agreed = validateSync(dto, { forbidUnknownValues: false }).length === 0;
          expect([member, value, keeps?.(dto, Object.keys(dto))]).toEqual([member, value, agreed]);
        }
      }
    }
  });

  it('leaves classes alone whose rules it does not understand', () => {
    class Nested {
      @IsOptional()
      @ValidateNested()
      inner?: object;
    }
    expect(quickCheck(Nested)).toBeUndefined();
  });
});
