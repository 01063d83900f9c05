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

/** The newest messages that fit the limits, oldest first. Begins with a user's message, as providers demand. */
export function boundHistory(history: HistoryMessage[], limits: HistoryLimits): HistoryMessage[] {
  let tokens = 0;
  let start = history.length;
  for (; start > 0 && history.length - start < limits.maxMessages; start--) {
    tokens += estimateTokens(history[start - 1]?.content ?? '');
    if (tokens > limits.maxTokens) break;
  }
  while (history[start]?.role === 'assistant') start++;
  return start === 0 ? history : history.slice(start);
}
