// WebSocket clients, in a process of their own. `hold` opens connections and keeps them; `drop` ends them; `talk` sends messages.
import { once } from 'node:events';
import { WebSocket } from 'ws';

const OPENINGS_AT_ONCE = 100;
const held = [];

const WORK = { hold, drop, talk };

process.on('message', (order) => {
  WORK[order.work](order).then(
    (answer) => process.send(answer),
    (error) => process.send({ failure: error.stack }),
  );
});

async function hold({ url, token, count }) {
  for (let rest = count; rest > 0; rest -= OPENINGS_AT_ONCE) {
    const opening = Array.from({ length: Math.min(rest, OPENINGS_AT_ONCE) }, () => connect(url, token));
    held.push(...(await Promise.all(opening)));
  }
  return { open: held.filter((ws) => ws.readyState === WebSocket.OPEN).length };
}

async function drop() {
  const closing = held.splice(0).map(async (ws) => {
    const closed = once(ws, 'close');
    ws.terminate();
    await closed;
  });
  await Promise.all(closing);
  return {};
}

/** Each connection has one message under way at any time; every message opens a conversation. */
async function talk({ url, token, connections, content, requests, maxMs }) {
  const clients = await Promise.all(Array.from({ length: connections }, () => connect(url, token)));
  const latencies = [];
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  let sent = 0;
  const speak = async (ws) => {
    while (sent < requests && performance.now() - began < maxMs) {
      sent++;
      const start = performance.now();
      const answered = once(ws, 'message');
      ws.send(JSON.stringify({ type: 'message', content }));
      const [data] = await answered;
      const answer = JSON.parse(data);
      if (answer.type !== 'response') throw new Error(`${url} answered ${data}`);
      latencies.push(performance.now() - start);
    }
  };
  await Promise.all(clients.map(speak));
  const seconds = (performance.now() - began) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  for (const ws of clients) ws.terminate();
  return {
    count: latencies.length,
    seconds,
    latencies: latencies.sort((a, b) => a - b),
    cpuShare: (cpu.user + cpu.system) / 1e6 / seconds,
  };
}

async function connect(url, token) {
  const ws = new WebSocket(`${url.replace(/^http/, 'ws')}/ws`, { perMessageDeflate: false });
  await once(ws, 'open');
  const answered = once(ws, 'message');
  ws.send(JSON.stringify({ type: 'auth', token }));
  const [data] = await answered;
  if (JSON.parse(data).type !== 'auth_success') throw new Error(`${url} answered ${data}`);
  return ws;
}
