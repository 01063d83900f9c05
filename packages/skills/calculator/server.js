// A server that speaks the Model Context Protocol over stdio: one JSON-RPC message to a line.
import { createInterface } from 'node:readline';
import { evaluate } from './evaluate.js';

const TOOL = {
  name: 'calculate',
  description:
    'Calculates an expression of numbers, + - * / % ^, brackets, and sqrt, abs, round, floor, ceil, ln, log, sin, cos, tan, min, max, pi, e.',
  inputSchema: {
    type: 'object',
    properties: {
      expression: { type: 'string', description: 'Such as (2 + 3) * 4 ^ 2', minLength: 1, maxLength: 1000 },
    },
    required: ['expression'],
    additionalProperties: false,
  },
};

const methods = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'calculator', version: '1.0.0' },
  }),
  ping: () => ({}),
  'tools/list': () => ({ tools: [TOOL] }),
  'tools/call': ({ name, arguments: args }) => {
    if (name !== TOOL.name) return failure(`There is no tool "${name}"`);
    try {
      return { content: [{ type: 'text', text: String(evaluate(String(args?.expression ?? ''))) }] };
    } catch (error) {
      return failure(error.message);
    }
  },
};

function failure(text) {
  return { content: [{ type: 'text', text }], isError: true };
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === '') continue;
  const { id, method, params = {} } = JSON.parse(line);
  // Notifications have no id, and are not answered.
  if (id === undefined) continue;
  const known = Object.hasOwn(methods, method);
  const answer = known
    ? { result: methods[method](params) }
    : { error: { code: -32601, message: `unknown method ${method}` } };
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...answer })}\n`);
}
