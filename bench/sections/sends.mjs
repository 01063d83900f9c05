import { setTimeout as sleep } from 'node:timers/promises';
import { startServer } from '../child.mjs';
import { cpuSeconds } from '../proc.mjs';
import { median, percentile } from '../statistics.mjs';
import { TOKEN } from '../surroundings.mjs';

const CHATS = 500;
const CONNECTIONS = [1, 32];
const TEXT =
  'Your order 4711 left our warehouse this morning and will be with you on Thursday before noon, as you had asked us to.';

/** `POST /api/v1/send` through the webhook channel to a chat on this machine: stored, delivered, and noted before the answer. */
export async function measureSends(surroundings, { sendRounds, sendRound }, say) {
  const chat = await startServer('servers/chat.mjs');
  const gateway = await surroundings.startGateway();
  try {
    const channels = { webhook: { url: chat.url, secret: 'the secret of this benchmark' } };
    await api(gateway, 'PUT', '/config', { channels });
    const body = (no) => ({ channel: 'webhook', chatId: `chat-${no}`, message: TEXT });
    while ((await attempt(gateway, body(0))) !== 200) await sleep(50);

    const bodies = Array.from({ length: CHATS }, (_, no) => body(no));
    const send = { method: 'POST', url: `${gateway.url}/api/v1/send`, token: TOKEN, bodies };
    const bare = { method: 'POST', url: `${chat.url}/`, token: TOKEN, bodies };
    await surroundings.load.ask({ ...send, connections: 8, ...sendRound });
    const rows = [];
    for (const connections of CONNECTIONS) {
      say(`sends: ${connections} connections`);
      const rounds = [];
      for (let round = 0; round < sendRounds; round++) {
        const before = cpuSeconds(gateway.pid);
        const { count, seconds, latencies } = await surroundings.load.ask({ ...send, connections, ...sendRound });
        rounds.push({
          perSecond: count / seconds,
          cpuMicros: ((cpuSeconds(gateway.pid) - before) / count) * 1e6,
          p50: percentile(latencies, 0.5),
          p99: percentile(latencies, 0.99),
        });
      }
      const alone = await surroundings.load.ask({ ...bare, connections, ...sendRound });
      const of = (figure) => median(rounds.map((round) => round[figure]));
      rows.push({
        connections,
        ...{ perSecond: of('perSecond'), cpuMicros: of('cpuMicros'), p50: of('p50'), p99: of('p99') },
        chatP50: percentile(alone.latencies, 0.5),
      });
    }
    const { rows: stored } = await surroundings.database.query(
      "select state, count(*)::int as sends from sends where channel = 'webhook' group by state",
    );
    const left = stored.filter(({ state }) => state !== 'sent');
    if (left.length > 0) throw new Error(`not everything was sent: ${JSON.stringify(stored)}`);
    return { rows };
  } finally {
    await gateway.stop();
    await chat.stop();
  }
}

async function attempt(gateway, body) {
  const headers = { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' };
  const response = await fetch(`${gateway.url}/api/v1/send`, { method: 'POST', headers, body: JSON.stringify(body) });
  await response.text();
  return response.status;
}

async function api(gateway, method, path, body) {
  const headers = { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' };
  const response = await fetch(`${gateway.url}/api/v1${path}`, { method, headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
}
