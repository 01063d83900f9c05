import type { Usage } from '../conversations/conversation.js';
import type { RunRequest } from './agent-runner.js';
import { estimateTokens } from './history.js';
import { plainText } from './prompt.js';

/** For a provider that sent no figures. Pictures and tools are not counted. */
export function estimateUsage(prompt: Pick<RunRequest, 'system' | 'messages'> | undefined, answer: string): Usage {
  let inputTokens = estimateTokens(prompt?.system ?? '');
  for (const { content } of prompt?.messages ?? []) inputTokens += estimateTokens(plainText(content));
  return { inputTokens, outputTokens: estimateTokens(answer), estimated: true };
}
