import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';

/** A way to a gateway that breaks: the first so many connections are cut when something comes back through them. */
export async function startCutOffProxy(url: string, cuts: number) {
  const { hostname, port } = new URL(url);
  let left = cuts;
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    const upstream = net.connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    }
    client.pipe(upstream);
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => client.destroy());
    if (left-- <= 0) upstream.pipe(client);
    else {
      upstream.once('data', () => {
        client.resetAndDestroy();
        upstream.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
