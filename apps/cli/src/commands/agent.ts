import type { ChatOptions, OpenClawClient } from '@openclaw/sdk';
import type { Command } from 'commander';
import { CommandFailed } from '../command-failed.js';
import { withGateway } from '../connection.js';
import type { Context } from '../context.js';
import { readAll } from '../read-all.js';
import { type ConnectionOptions, type JsonOption, withConnection, withExamples, withJson } from '../options.js';

interface AgentOptions extends ConnectionOptions, JsonOption {
  message: string;
  session?: string;
  agent?: string;
  model?: string;
  stream?: true;
}

export function defineAgent(command: Command, context: Context): void {
  command
    .requiredOption('-m, --message <text>', 'what to say; - reads it from standard input')
    .option('--session <id>', 'go on with this conversation, or begin it')
    .option('--agent <id>', 'with the model and the instructions of this agent; "main" when left out')
    .option('--model <model>', 'with this model')
    .option('--stream', 'print the answer while it is made');
  withExamples(withJson(withConnection(command)), [
    ['openclaw agent --message "What is on today?"', 'one question'],
    ['openclaw agent --session work --message "And tomorrow?" --stream', 'within a conversation, as it comes'],
    ['git diff | openclaw agent --message -', 'from a pipe'],
  ]);
  command.action((options: AgentOptions) => talk(options, context));
}

async function talk(options: AgentOptions, context: Context): Promise<void> {
  const message = options.message === '-' ? await readAll(context.stdin) : options.message;
  if (message.trim() === '') throw new CommandFailed('There is no message. Say something with --message "…".');
  const { session, agent, model, stream, json } = options;
  const { terminal } = context;
  await withGateway(options, context, async ({ client }) => {
    const signal = context.interrupted();
    const chat: ChatOptions = {
      signal,
      ...(agent !== undefined && (await agentSettings(client, agent))),
      ...(session !== undefined && { conversationId: session }),
      ...(model !== undefined && { model }),
    };
    try {
      if (!stream) {
        const answer = await client.chat(message, chat);
        return json ? terminal.json(answer) : terminal.print(terminal.foreign(answer.content));
      }
      for await (const chunk of client.chatStream(message, chat)) {
        if (json) terminal.json(chunk);
        else terminal.write(terminal.foreign(chunk.content ?? ''));
      }
      if (!json) terminal.print();
    } catch (error) {
      if (error !== signal.reason || !signal.aborted) throw error;
      throw new CommandFailed('Interrupted.');
    }
  });
}

/** What makes the agent, as the gateway has it configured. */
async function agentSettings(client: OpenClawClient, id: string): Promise<Pick<ChatOptions, 'model' | 'systemPrompt'>> {
  const { agents } = await client.config.get();
  const known: Record<string, unknown> = typeof agents === 'object' && agents !== null ? { ...agents } : {};
  const agent = known[id];
  if (typeof agent !== 'object' || agent === null) {
    throw new CommandFailed(`There is no agent "${id}". Configured: ${Object.keys(known).join(', ') || 'none'}.`);
  }
  const { model, systemPrompt } = agent as Record<string, unknown>;
  return { ...(typeof model === 'string' && { model }), ...(typeof systemPrompt === 'string' && { systemPrompt }) };
}
