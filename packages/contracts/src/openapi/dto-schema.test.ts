import { describe, expect, it } from '@jest/globals';
import { IsEmail, IsOptional } from 'class-validator';
import * as contracts from '../index.js';
import {
  ChatRequest,
  ConversationListQuery,
  type DtoClass,
  dtoSchema,
  MessageRequest,
  queryMembers,
} from '../index.js';

class Mail {
  @IsEmail()
  to!: string;
}

class Described {
  static readonly about = { name: { description: 'A name.', default: 'x' } };

  @IsOptional()
  @contracts.OneOf(['a', 'b'])
  name?: string;
}

describe('the schema of a DTO', () => {
  it('says what its rules say', () => {
    expect(dtoSchema(ChatRequest)).toMatchObject({
      title: 'ChatRequest',
      type: 'object',
      required: ['message'],
      properties: {
        message: { type: 'string', minLength: 1 },
        conversationId: { type: ['string', 'null'], minLength: 1, maxLength: 200 },
        temperature: { type: ['number', 'null'], minimum: 0, maximum: 2 },
        maxTokens: { type: ['integer', 'null'], minimum: 1 },
      },
    });
  });

  it('goes into what has rules of its own', () => {
    const { properties } = dtoSchema(MessageRequest) as { properties: Record<string, object> };
    expect(properties.metadata).toMatchObject({
      type: ['object', 'null'],
      properties: { attachments: { type: ['array', 'null'], maxItems: 100 } },
    });
  });

  it('adds what is said about a member, and lets null through where it may be left out', () => {
    expect(dtoSchema(Described).properties).toEqual({
      name: { description: 'A name.', default: 'x', enum: ['a', 'b', null] },
    });
  });

  it('has no null in a query', () => {
    expect(queryMembers(ConversationListQuery)[0]).toEqual({
      name: 'limit',
      required: false,
      schema: { default: 20, type: 'integer', minimum: 1, maximum: 100 },
    });
  });

  it('refuses a rule that it can not tell', () => {
    expect(() => dtoSchema(Mail)).toThrow('the rule "isEmail" of Mail.to has no JSON schema');
  });
});

const dtos = Object.values(contracts).filter(
  (value): value is DtoClass<object> => typeof value === 'function' && 'about' in value,
);

it.each(dtos.map((Dto) => [Dto.name, Dto] as const))(
  '%s says something only about members that it has',
  (_name, Dto) => {
    const { properties } = dtoSchema(Dto) as { properties: object };
    for (const member of Object.keys(Dto.about ?? {})) expect(Object.keys(properties)).toContain(member);
  },
);
