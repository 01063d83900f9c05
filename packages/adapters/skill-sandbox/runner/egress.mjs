// Loaded before a skill that may use the network. The sandbox has none: what Node's fetch sends to the proxy of the environment goes
// through a socket to the gateway, which connects to the hosts that the operator allows.
import { connect, createServer } from 'node:net';

const port = Number(new URL(process.env.HTTP_PROXY).port);
const server = createServer((client) => {
  const gateway = connect(process.env.OPENCLAW_EGRESS_SOCKET);
  client.on('error', () => gateway.destroy());
  gateway.on('error', () => client.destroy());
  client.pipe(gateway).pipe(client);
});
await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
server.unref();
