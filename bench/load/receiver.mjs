// Somebody's program that takes webhooks. One path hangs; what others took is told by event id, with the time of arrival.
import { createServer } from 'node:http';

let arrivals = [];
let waiting;

const server = createServer((req, res) => {
  if (req.url === '/dead') return;
  req.resume();
  req.on('end', () => {
    arrivals.push([req.headers['webhook-id'], performance.timeOrigin + performance.now()]);
    res.writeHead(204).end();
    if (waiting && arrivals.length >= waiting.count) waiting.done();
  });
});

process.on('message', ({ work, count, maxMs }) => {
  if (work === 'serve') {
    server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
    return;
  }
  if (work === 'forget') {
    arrivals = [];
    process.send({});
    return;
  }
  const done = () => {
    clearTimeout(timer);
    waiting = undefined;
    process.send({ arrivals });
  };
  const timer = setTimeout(done, maxMs);
  waiting = { count, done };
  if (arrivals.length >= count) done();
});
