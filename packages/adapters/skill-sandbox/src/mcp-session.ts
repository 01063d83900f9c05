import { SkillFailed, type SkillTool } from '@openclaw/core';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { ReadBuffer, serializeMessage } from '@modelcontextprotocol/sdk/shared/stdio.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { type JSONRPCMessage, McpError } from '@modelcontextprotocol/sdk/types.js';
import type { Sandbox } from './sandbox.js';

const MOST_TOOLS = 64;
const MOST_PAGES = 10;

/** A server that speaks the Model Context Protocol, greeted and waiting for its one call. */
export class McpSession {
  private constructor(
    readonly sandbox: Sandbox,
    private readonly client: Client,
    private readonly transport: SandboxTransport,
  ) {}

  /** Throws `SkillFailed`, or why the sandbox was killed. */
  static async open(sandbox: Sandbox): Promise<McpSession> {
    const transport = new SandboxTransport(sandbox);
    const client = new Client({ name: 'openclaw-gateway', version: '1' });
    const session = new McpSession(sandbox, client, transport);
    await session.asking(() => client.connect(transport, PATIENCE));
    return session;
  }

  async tools(): Promise<SkillTool[]> {
    const tools: SkillTool[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MOST_PAGES; page++) {
      const asked = cursor === undefined ? {} : { cursor };
      const answer = await this.asking(() => this.client.listTools(asked, PATIENCE));
      for (const { name, description = '', inputSchema } of answer.tools)
        tools.push({ name, description, inputSchema });
      if (tools.length > MOST_TOOLS) throw new SkillFailed(`The skill has more than ${MOST_TOOLS} tools`);
      cursor = answer.nextCursor;
      if (cursor === undefined) break;
    }
    return tools;
  }

  /** A result that is made of texts is given as one text; structured content as it is. */
  async call(name: string, args: Record<string, unknown>): Promise<unknown> {
    const answer = await this.asking(() => this.client.callTool({ name, arguments: args }, undefined, PATIENCE));
    const content = Array.isArray(answer.content) ? (answer.content as { type: string; text?: string }[]) : [];
    const text = content
      .flatMap((part) => (part.type === 'text' && typeof part.text === 'string' ? [part.text] : []))
      .join('\n');
    if (answer.isError) throw new SkillFailed(text === '' ? 'The skill failed' : text);
    if (answer.structuredContent !== undefined) return answer.structuredContent;
    return content.every((part) => part.type === 'text') ? text : content;
  }

  private async asking<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (this.transport.ended) throw this.transport.ended;
      if (error instanceof SkillFailed) throw error;
      const words =
        error instanceof McpError
          ? error.message.replace(/^MCP error -?\d+: /, '')
          : 'The skill does not speak MCP as it should';
      throw new SkillFailed(words, { cause: error });
    }
  }
}

/** Time is the sandbox's own limit, which is never longer than this. */
const PATIENCE = { timeout: 86_400_000 };

class SandboxTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  ended: Error | undefined;
  private readonly buffer = new ReadBuffer();

  constructor(private readonly sandbox: Sandbox) {}

  async start(): Promise<void> {
    this.sandbox.listen(
      (chunk) => this.take(chunk),
      (why) => {
        this.ended = why;
        this.onclose?.();
      },
    );
  }

  async send(message: JSONRPCMessage): Promise<void> {
    this.sandbox.write(serializeMessage(message));
  }

  async close(): Promise<void> {
    this.sandbox.kill(new SkillFailed('The skill was closed'));
  }

  private take(chunk: Buffer): void {
    this.buffer.append(chunk);
    try {
      for (let message = this.buffer.readMessage(); message; message = this.buffer.readMessage())
        this.onmessage?.(message);
    } catch (error) {
      this.sandbox.kill(new SkillFailed('The skill wrote to its standard output what is no MCP', { cause: error }));
    }
  }
}
