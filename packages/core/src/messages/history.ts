import type { HistoryMessage } from './turn.js';

export interface HistoryLimits {
  maxMessages: number;
  maxTokens: number;
}

/**
 * A text's tokens, roughly: four Latin characters make one, each CJK character is one. Only used to bound what is sent and
 * to fill in for a provider that sends no usage.
 */
export function estimateTokens(text: string): number {
  let wide = 0;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x2e80) wide++;
  return wide + Math.ceil((text.length - wide) / 4);
}

/**
 * Stands before what the agent said first: providers demand that a user begins. A conversation begins with the agent where a program sent
 * something to a chat, and a long one may do so where it was cut.
 */
export const OPENING: HistoryMessage = { role: 'user', content: '(The conversation begins with what you said next.)' };

/** The newest messages that fit the limits, oldest first; where the first of them is the agent's, behind {@link OPENING}. */
export function boundHistory(history: HistoryMessage[], limits: HistoryLimits): HistoryMessage[] {
  let tokens = 0;
  let start = history.length;
  for (; start > 0 && history.length - start < limits.maxMessages; start--) {
    tokens += estimateTokens(history[start - 1]?.content ?? '');
    if (tokens > limits.maxTokens) break;
  }
  const bounded = start === 0 ? history : history.slice(start);
  return bounded[0]?.role === 'assistant' ? [OPENING, ...bounded] : bounded;
}
