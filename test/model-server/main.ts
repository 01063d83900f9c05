// A model provider for benches and for trying things out by hand: prints its URL, then answers until it is stopped.
//   node test/model-server/main.ts [--port 0] [--answer "some text"] [--delay-ms 0]
// With --answer the reply is made once and requests are neither parsed nor kept, so that the model costs next to nothing.
import { parseArgs } from 'node:util';
import { startFixedModelServer } from './fixed-model-server.ts';
import { startModelServer } from './model-server.ts';

const { values } = parseArgs({
  options: { port: { type: 'string' }, answer: { type: 'string' }, 'delay-ms': { type: 'string' } },
});
const port = Number(values.port ?? 0);
const delayMs = values['delay-ms'] === undefined ? undefined : Number(values['delay-ms']);

if (values.answer === undefined) {
  const server = await startModelServer({ port });
  server.script(() => {
    server.requests = [];
    return delayMs === undefined ? {} : { delayMs };
  });
  console.log(server.url);
} else {
  console.log((await startFixedModelServer({ port, answer: values.answer })).url);
}
