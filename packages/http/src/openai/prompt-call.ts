import {
  type AgentDirectory,
  type CompletionEvent,
  InvalidInput,
  type PromptMessage,
  type RunOptions,
  type SendMessageCommand,
  type TurnEvent,
  plainText,
} from '@openclaw/core';
import type { ApiCall } from '../api-call.js';
import type { HttpDeps } from '../http-deps.js';
import { agentOf, conversationOf, modelName } from './addressee.js';

/** A prompt as both of OpenAI's APIs make it. */
export interface PromptCall {
  agentId: string;
  /** As the caller named it. */
  model: string;
  messages: PromptMessage[];
  options: RunOptions;
  /** Of a call that goes on with a stored conversation. */
  conversationId: string | undefined;
  /** False: nothing is recalled for it. */
  memory: boolean | undefined;
  stream: boolean;
}

/** What stands in a conversation for a message that is pictures only. */
const PICTURES_ONLY = '[image]';

/** Throws `NotFound` for an unknown agent. */
export function addressed(
  call: ApiCall,
  agents: AgentDirectory,
  { model, user, memory }: { model?: string; user?: string; memory?: boolean },
): Pick<PromptCall, 'agentId' | 'model' | 'conversationId' | 'memory'> {
  const agentId = agentOf(call, model, agents);
  return { agentId, model: model ?? modelName(agentId), conversationId: conversationOf(call, user, agentId), memory };
}

/** Has the prompt answered: by itself, or as a turn of a stored conversation. The last event is `finished`. */
export function answerPrompt(
  call: ApiCall,
  prompt: PromptCall,
  { completePrompt, sendMessage }: Pick<HttpDeps, 'completePrompt' | 'sendMessage'>,
): AsyncIterable<CompletionEvent> {
  const { agentId, conversationId, messages, options, stream } = prompt;
  if (conversationId !== undefined)
    return told(sendMessage.execute(turnCommand(prompt, conversationId, call.tenant), call.signal));
  const token = call.principal?.name ?? '';
  return completePrompt.execute({ tenant: call.tenant, token, agentId, messages, options, whole: !stream }, call);
}

/**
 * The turn that a prompt makes of a stored conversation. The conversation is the history (the prompt's own only where nothing is stored
 * yet); the turn is the prompt's last message of the user's, with the tool calls and results after it. Throws `InvalidInput` where there is none.
 */
export function turnCommand(
  { agentId, messages, options, memory }: Pick<PromptCall, 'agentId' | 'messages' | 'options' | 'memory'>,
  conversationId: string,
  tenant: string,
): SendMessageCommand {
  const at = messages.findLastIndex(({ role }) => role === 'user');
  const message = messages[at];
  if (!message)
    throw InvalidInput.field('messages', 'in a session, messages must have at least one message of role "user"');
  const instructions = messages.filter(({ role }) => role === 'system' || role === 'developer');
  const said = (part: PromptMessage[]) => part.filter(({ role }) => role !== 'system' && role !== 'developer');
  return {
    tenant,
    conversationId,
    agentId,
    text: plainText(message.content) || PICTURES_ONLY,
    request: { memory },
    prompt: { instructions, earlier: said(messages.slice(0, at)), tail: said(messages.slice(at)), options },
  };
}

async function* told(turn: AsyncIterable<TurnEvent>): AsyncGenerator<CompletionEvent> {
  for await (const event of turn) {
    if (event.type === 'delta' || event.type === 'tool-call') yield event;
    if (event.type !== 'completed') continue;
    const { model, usage, finishReason } = event.answer;
    yield { type: 'finished', model, usage, ...(finishReason !== undefined && { finishReason }) };
  }
}
