// The floor of a relay: a bare node:http proxy, which looks at nothing.
// PROXY_MODEL (base URL)
import { Agent, createServer, request as ask } from 'node:http';

const { hostname, port } = new URL(process.env.PROXY_MODEL);
const agent = new Agent({ keepAlive: true });

const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  const { method, url: path, headers } = request;
  const call = ask({ hostname, port, method, path, headers, agent }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  call.on('error', (error) => response.destroy(error));
  request.pipe(call);
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
process.on('SIGTERM', () => process.exit());
