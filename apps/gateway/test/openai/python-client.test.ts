import { beforeAll, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { describeWith } from '../../../../test/machine/describe-with.js';
import { pythonWith } from '../../../../test/machine/python.js';
import { type GatewayProcess, type ModelServer, startModel } from '../harness/index.js';
import { folderWith, runProgram } from '../seeds/run-program.js';
import { startOpenAiGateway, TOKENS } from './openai-gateway.js';

const { folder, missing } = pythonWith('openai', '3.52.0');

const PREAMBLE = `
import asyncio, json, os
import openai
from openai import AsyncOpenAI, OpenAI

url, app, reader = os.environ["URL"], os.environ["APP"], os.environ["READER"]
def client(key=app, kind=OpenAI, **more):
    return kind(base_url=url + "/v1", api_key=key, max_retries=0, **more)
messages = [{"role": "user", "content": "hello there"}]
weather = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
`;

describeWith([missing], 'the official Python client', () => {
  let model: ModelServer;
  let gateway: GatewayProcess;
  beforeAll(async () => {
    model = await startModel();
    gateway = await startOpenAiGateway(model);
  });

  /** What the program prints, as JSON. */
  async function run(program: string): Promise<unknown> {
    const cwd = folderWith({ 'main.py': PREAMBLE + program });
    const env = { PYTHONUTF8: '1', URL: gateway.url, APP: TOKENS.app, READER: TOKENS.reader };
    const { stdout, stderr, code } = await runProgram(join(folder, 'bin', 'python3'), ['main.py'], { cwd, env });
    expect([code, stderr]).toEqual([0, '']);
    return JSON.parse(stdout);
  }

  it('chats, streams, and lists models', async () => {
    model.reset();
    const said = await run(`
whole = client().chat.completions.create(model="openclaw", messages=messages)
stream = client().chat.completions.create(model="agent:beta", messages=messages, stream=True, stream_options={"include_usage": True})
chunks = list(stream)
async def later():
    out = ""
    async for chunk in await client(kind=AsyncOpenAI).chat.completions.create(model="openclaw", messages=messages, stream=True):
        out += chunk.choices[0].delta.content or ""
    return out
print(json.dumps([
    whole.choices[0].message.content, whole.choices[0].finish_reason, whole.usage.total_tokens,
    "".join(c.choices[0].delta.content or "" for c in chunks if c.choices), chunks[-1].usage.total_tokens,
    asyncio.run(later()),
    [m.id for m in client().models.list()], client().models.retrieve("openclaw:beta").id,
]))
`);
    expect(said).toEqual([
      ...['echo: hello there', 'stop', 5],
      ...['echo: hello there', 4, 'echo: hello there'],
      ...[['openclaw', 'openclaw:main', 'openclaw:beta'], 'openclaw:beta'],
    ]);
  });

  it('calls tools, back and forth', async () => {
    model.reset();
    model.next({ toolCalls: [{ id: 'call_abc', name: 'weather', arguments: ['{"city":', '"Seoul"}'] }] });
    model.next({ chunks: ['It is ', '21 degrees.'] });
    const said = await run(`
with client().chat.completions.stream(model="openclaw:beta", messages=messages, tools=[weather]) as stream:
    for event in stream: pass
    message = stream.get_final_completion().choices[0].message
call = message.tool_calls[0]
answer = client().chat.completions.create(model="openclaw:beta", tools=[weather], messages=[
    *messages, message, {"role": "tool", "tool_call_id": call.id, "content": "21 degrees"}])
print(json.dumps([call.id, call.function.name, call.function.arguments, answer.choices[0].message.content]))
`);
    expect(said).toEqual(['call_abc', 'weather', '{"city":"Seoul"}', 'It is 21 degrees.']);
    expect(model.requests[1]?.body?.messages?.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool']);
  });

  it('raises the right exceptions', async () => {
    model.reset();
    const refused = { error: { message: 'no', type: 'invalid_request_error', param: 'tools[0]', code: 'bad_schema' } };
    model.next(
      { status: 500, body: 'oops' },
      { status: 422, body: refused },
      { cut: { after: 1, how: 'destroy' }, separately: true },
    );
    const said = await run(`
def raised(call):
    try:
        call()
    except openai.APIError as error:
        return [type(error).__name__, getattr(error, "status_code", None), error.code, error.param]
chat = lambda who, **more: who.chat.completions.create(**{"model": "openclaw", "messages": messages, **more})
print(json.dumps([
    raised(lambda: chat(client("wrong"))),
    raised(lambda: chat(client(reader))),
    raised(lambda: chat(client(), model="gpt-4o")),
    raised(lambda: chat(client(), n=2)),
    raised(lambda: chat(client())),
    raised(lambda: chat(client())),
    raised(lambda: list(chat(client(), stream=True))),
    raised(lambda: client().get("/nothing", cast_to=object)),
]))
`);
    expect(said).toEqual([
      ['AuthenticationError', 401, 'invalid_api_key', null],
      ['PermissionDeniedError', 403, 'insufficient_permissions', null],
      ['NotFoundError', 404, 'model_not_found', 'model'],
      ['BadRequestError', 400, null, 'n'],
      ['InternalServerError', 502, 'upstream_error', null],
      ['BadRequestError', 400, 'bad_schema', 'tools[0]'],
      ['APIError', null, 'upstream_error', null],
      ['NotFoundError', 404, null, null],
    ]);
  });

  it('creates responses', async () => {
    model.reset();
    const said = await run(`
whole = client().responses.create(model="openclaw", input="hello there", instructions="Be brief.")
with client().responses.stream(model="openclaw", input="hello there") as stream:
    text = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
    final = stream.get_final_response()
print(json.dumps([whole.output_text, whole.status, text, final.output_text, final.usage.total_tokens]))
`);
    expect(said).toEqual(['echo: hello there', 'completed', 'echo: hello there', 'echo: hello there', 5]);
  });
});
