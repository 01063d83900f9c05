import type { PromptMessage } from './prompt.js';
import type { HistoryMessage, TurnPrompt } from './turn.js';

/** What the model gets of a turn: the conversation so far, without answers that say nothing (providers refuse those), then the user's message. */
export function makePrompt(
  history: HistoryMessage[],
  text: string,
  prompt: TurnPrompt | undefined,
  context?: string,
): PromptMessage[] {
  if (!prompt) {
    const said = history.filter(({ role, content }) => role === 'user' || content.trim() !== '');
    const about = context === undefined ? [] : [{ role: 'user' as const, content: context }];
    return [...said, ...about, { role: 'user', content: text }];
  }
  return [...prompt.instructions, ...withoutToolCalls(history), ...prompt.tail];
}

/**
 * An answer without text was nothing but tool calls: the caller sends them again with their results in the next turn's tail, and the
 * message that led to them too.
 */
function withoutToolCalls(history: HistoryMessage[]): HistoryMessage[] {
  return history.filter(({ role, content }, no) => {
    if (role === 'assistant') return content !== '';
    const next = history[no + 1];
    return next?.role !== 'assistant' || next.content !== '';
  });
}
