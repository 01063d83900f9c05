import { createHash } from 'node:crypto';
import { ID_CHARS } from '@openclaw/contracts';
import { type AgentDirectory, DEFAULT_AGENT, InvalidInput, NotFound } from '@openclaw/core';
import type { ApiCall } from '../api-call.js';

const MODEL_NAME = 'openclaw';
const PREFIXES = [`${MODEL_NAME}:`, 'agent:'];
const SESSION_KEY = new RegExp(`^[^\\p{Cc}]{1,${ID_CHARS}}$`, 'u');

/** The name under which an agent is listed as a model. */
export function modelName(agentId: string): string {
  return `${MODEL_NAME}:${agentId}`;
}

/** The agent that a model's name means, if it is one. */
export function agentOfModel(model: string, agents: AgentDirectory): string | undefined {
  if (model === MODEL_NAME) return DEFAULT_AGENT;
  const prefix = PREFIXES.find((each) => model.startsWith(each));
  const id = prefix && model.slice(prefix.length);
  return id !== undefined && agents.has(id) ? id : undefined;
}

/** Who is to answer: the header's agent, else the model's, `main` where there is neither. Throws `NotFound`. */
export function agentOf(call: ApiCall, model: string | undefined, agents: AgentDirectory): string {
  const header = headerText(call, 'x-openclaw-agent-id');
  if (header !== undefined) {
    if (agents.has(header)) return header;
    throw notFound(`There is no agent "${header}"`, null);
  }
  if (model === undefined) return DEFAULT_AGENT;
  const agent = agentOfModel(model, agents);
  if (agent !== undefined) return agent;
  throw notFound(unknownModel(model, agents), 'model');
}

export function unknownModel(model: string, agents: AgentDirectory): string {
  const names = [MODEL_NAME, ...agents.list().map(modelName)].map((name) => `"${name}"`);
  return `The model "${model.slice(0, 200)}" does not exist. Models here are agents: ${names.join(', ')}`;
}

export function notFound(message: string, param: string | null): NotFound {
  return new NotFound(message, { details: { code: 'model_not_found', ...(param !== null && { param }) } });
}

/**
 * The conversation that a call goes on with: the one of the session key's name, else one of its own for each agent and user. Undefined
 * for a call that stands by itself. Within the tenant, as every conversation.
 */
export function conversationOf(call: ApiCall, user: string | undefined, agentId: string): string | undefined {
  const key = headerText(call, 'x-openclaw-session-key');
  if (key !== undefined) {
    if (SESSION_KEY.test(key)) return key;
    const wanted = `1 to ${ID_CHARS} characters without control characters`;
    throw InvalidInput.field('x-openclaw-session-key', `x-openclaw-session-key must be ${wanted}`);
  }
  if (user === undefined || user === '') return undefined;
  const plain = `openai:${agentId}:${user}`;
  return SESSION_KEY.test(plain)
    ? plain
    : `openai:${agentId}:sha256:${createHash('sha256').update(user).digest('hex')}`;
}

/** Node reads headers as Latin-1; these may be UTF-8. Undefined for one that is not there or empty. */
function headerText(call: ApiCall, name: string): string | undefined {
  const value = call.req.headers[name];
  if (typeof value !== 'string' || value === '') return undefined;
  return /[\x80-\xff]/.test(value) ? Buffer.from(value, 'latin1').toString('utf8') : value;
}
