import { type DtoClass, decode } from '@openclaw/contracts';
import { InvalidInput } from '@openclaw/core';
import type { ApiCall } from '../api-call.js';

/** The body as this DTO. Members that nobody knows are ignored without a word: OpenAI's clients send new ones all the time. */
export async function openAiBody<T extends object>(call: ApiCall, Dto: DtoClass<T>): Promise<T> {
  const { value, problems } = decode(Dto, await call.json());
  if (problems.length === 0) return value;
  throw InvalidInput.fields(problems.map(({ field, message }) => ({ field, message: `${field} ${message}` })));
}
