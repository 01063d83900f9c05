import type { PromptMessage } from './prompt.js';
import type { HistoryMessage, TurnPrompt } from './turn.js';

/** What goes between the conversation and the user's message. */
interface Beside {
  /** From memory. */
  recalled?: PromptMessage | undefined;
  /** From the channel. */
  context?: string | undefined;
}

/** What the model gets of a turn: the conversation so far, without answers that say nothing (providers refuse those), then the user's message. */
export function makePrompt(
  history: HistoryMessage[],
  text: string,
  prompt: TurnPrompt | undefined,
  { recalled, context }: Beside = {},
): PromptMessage[] {
  const beside = recalled ? [recalled] : [];
  if (prompt) {
    const before = history.length > 0 ? withoutToolCalls(history) : prompt.earlier;
    return [...prompt.instructions, ...before, ...beside, ...prompt.tail];
  }
  if (context !== undefined) beside.push({ role: 'user', content: context });
  const said = history.filter(({ role, content }) => role === 'user' || content.trim() !== '');
  return [...said, ...beside, { role: 'user', content: text }];
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
