// The load: runs one order after another, each a number of requests over a number of connections, and times every one.
import { Connection, requestBytes } from './connection.mjs';

process.on('message', (order) => {
  const work = order.walk ? walk(order) : run(order);
  work.then(
    (answer) => process.send(answer),
    (error) => process.send({ failure: error.stack }),
  );
});
process.on('disconnect', () => process.exit());

/**
 * @param order.url, order.method, order.token where and as whom
 * @param order.bodies one request's JSON each; connection c of n takes those at c, c + n, c + 2n… in turn. None: no body.
 * @param order.marker the time until this text is seen in an answer is measured, too
 * @param order.requests, order.maxMs the round ends with whichever comes first
 */
async function run({ url, method, token, bodies, connections, requests, maxMs, marker }) {
  const prepared = (bodies ?? [undefined]).map((body) => requestBytes(url, { method, token, body }));
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(url)));
  const latencies = new Float64Array(requests);
  const firsts = [];
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  let sent = 0;
  let answered = 0;
  let sample;

  async function drive(connection, place) {
    for (let at = place % prepared.length; sent < requests; at = (at + connections) % prepared.length) {
      const start = performance.now();
      if (start - began > maxMs) return;
      sent++;
      const { status, bytes, firstAt } = await connection.exchange(prepared[at], marker);
      latencies[answered++] = performance.now() - start;
      if (firstAt !== undefined) firsts.push(firstAt - start);
      if (status !== 200) throw new Error(`${url} answered ${bytes.toString('utf8').slice(0, 600)}`);
      sample ??= bytes;
    }
  }

  try {
    await Promise.all(open.map(drive));
  } finally {
    for (const connection of open) connection.close();
  }
  return { ...result(latencies.subarray(0, answered), began, cpuBefore, sample), firsts: firsts.sort((a, b) => a - b) };
}

/** Follows `next_cursor` from page to page, up to `requests` of them; the first page's time is not counted. */
async function walk({ url, token, requests, maxMs }) {
  const connection = await Connection.open(url);
  const latencies = new Float64Array(requests);
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  let answered = 0;
  let cursor;
  let sample;
  try {
    for (let page = 0; page <= requests && performance.now() - began < maxMs; page++) {
      const target = new URL(url);
      if (cursor !== undefined) {
        target.searchParams.delete('offset');
        target.searchParams.set('cursor', cursor);
      }
      const request = requestBytes(target.href, { method: 'GET', token });
      const start = performance.now();
      const { status, bytes } = await connection.exchange(request);
      if (cursor !== undefined) latencies[answered++] = performance.now() - start;
      if (status !== 200) throw new Error(`${target.href} answered ${bytes.toString('utf8').slice(0, 600)}`);
      sample ??= bytes;
      cursor = bodyOf(bytes).next_cursor;
      if (cursor === undefined) break;
    }
  } finally {
    connection.close();
  }
  return result(latencies.subarray(0, answered), began, cpuBefore, sample);
}

function result(latencies, began, cpuBefore, sample) {
  const seconds = (performance.now() - began) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  return {
    count: latencies.length,
    seconds,
    latencies: latencies.slice().sort(),
    cpuShare: (cpu.user + cpu.system) / 1e6 / seconds,
    sample: sample?.toString('utf8'),
  };
}

function bodyOf(bytes) {
  return JSON.parse(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4).toString('utf8'));
}
