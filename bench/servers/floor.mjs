// What the same turn costs with nothing around it: one string compare, the same model call, the same rows in one statement.
// FLOOR_TOKEN, FLOOR_DATABASE, FLOOR_MODEL (base URL), FLOOR_POOL (connections)
import { createServer } from 'node:http';
import pg from 'pg';
import { Pool } from 'undici';
import { WebSocketServer } from 'ws';

const { FLOOR_TOKEN, FLOOR_DATABASE, FLOOR_MODEL, FLOOR_POOL } = process.env;
const AUTHORIZATION = `Bearer ${FLOOR_TOKEN}`;
const HISTORY = 50;

const database = new pg.Pool({ connectionString: FLOOR_DATABASE, max: Number(FLOOR_POOL), idleTimeoutMillis: 0 });
const model = new Pool(FLOOR_MODEL);

const STORE = {
  name: 'store',
  text: `with conversation as (
      insert into floor.conversations as c (tenant, id, channel, agent_id, summary, message_count, last_turn)
      values ('default', $1, 'api', 'main', left($3, 80), 2, 1)
      on conflict (tenant, id) do update set message_count = c.message_count + 2, last_turn = c.last_turn + 1,
        last_message_at = date_trunc('milliseconds', now())
      returning last_turn)
    insert into floor.messages (tenant, conversation_id, turn_no, step, id, role, content, model, input_tokens, output_tokens,
      tokens_estimated, latency_ms, interrupted)
    select 'default', $1, last_turn, 0, $2, 'user', $3, null::text, null::int, null::int, null::bool, null::int, null::bool from conversation
    union all
    select 'default', $1, last_turn, 1, $4, 'assistant', $5, $6, $7, $8, false, $9, false from conversation`,
};

const READ = {
  name: 'read',
  text: `select role, content from floor.messages where tenant = 'default' and conversation_id = $1
    order by turn_no desc, step desc limit ${HISTORY}`,
};

const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  turn(request).then(
    (answer) => {
      const text = JSON.stringify(answer);
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
        .end(text);
    },
    (error) => response.writeHead(500).end(error.stack),
  );
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
process.on('SIGTERM', () => process.exit());

new WebSocketServer({ server, path: '/ws', perMessageDeflate: false }).on('connection', (ws) => {
  ws.on('message', (data) => {
    const frame = JSON.parse(data);
    if (frame.type === 'auth')
      return ws.send(JSON.stringify({ type: frame.token === FLOOR_TOKEN ? 'auth_success' : 'error' }));
    answer({ message: frame.content }).then(
      (said) => ws.send(JSON.stringify({ type: 'response', ...said })),
      () => ws.close(1011),
    );
  });
});

async function turn(request) {
  if (request.headers.authorization !== AUTHORIZATION) throw new Error('unauthorized');
  return answer(JSON.parse(await textOf(request)));
}

async function answer(body) {
  const began = Date.now();
  const conversationId = body.conversationId ?? newId('conv');
  const said = body.conversationId === undefined ? [] : await history(conversationId);
  const { content, usage, name } = await ask([...said, { role: 'user', content: body.message }]);
  const id = newId('msg');
  const latency = Date.now() - began;
  await database.query({
    ...STORE,
    values: [conversationId, newId('msg'), body.message, id, content, name, usage.input, usage.output, latency],
  });
  return {
    id,
    conversationId,
    role: 'assistant',
    content,
    model: name,
    usage: { inputTokens: usage.input, outputTokens: usage.output },
    latency,
  };
}

async function history(conversationId) {
  const { rows } = await database.query({ ...READ, values: [conversationId] });
  return rows.reverse();
}

async function ask(messages) {
  const { body } = await model.request({
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ model: 'model-a', messages, stream: true, stream_options: { include_usage: true } }),
  });
  let content = '';
  let usage = { input: 0, output: 0 };
  let name = '';
  for (const event of (await body.text()).split('\n\n')) {
    if (!event.startsWith('data: {')) continue;
    const chunk = JSON.parse(event.slice(6));
    name = chunk.model;
    content += chunk.choices[0]?.delta.content ?? '';
    if (chunk.usage) usage = { input: chunk.usage.prompt_tokens, output: chunk.usage.completion_tokens };
  }
  return { content, usage, name };
}

let ids = 0;

/** In the order of time, as the gateway's are: random ones would make the indexes dearer. */
function newId(prefix) {
  return `${prefix}_${Date.now().toString(36)}${String(ids++).padStart(10, '0')}`;
}

function textOf(request) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.on('error', reject);
  });
}
