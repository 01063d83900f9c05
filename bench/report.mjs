/** What issue and decisions ask for; a machine that misses one is told so, and fails nothing. */
export const TARGETS = {
  ratioAt32: 0.45,
  overheadMs: 6,
  residentMb: 180,
  pageMs: 5,
  socketKb: 15,
  callCpu: 2.5,
  relayRatio: 0.8,
  firstTokenMs: 0.5,
  webhooksPerSecond: 1_000,
  webhookDelayMs: 50,
  deadEndpointRatio: 1.2,
  warmSkillMs: 15,
};
/** Less than so much more memory per 1,000 turns is no growth: a page or two that V8 keeps from a larger collection than any before. */
const GROWTH_KB = 50;

export function printHead(about) {
  print(`\nOpenClaw Gateway benchmark, ${about.date}`);
  print(
    `${about.cpu}, Node ${about.node}, fsync ${about.fsync ? 'on' : 'off'}${about.quick ? ', quick: rough figures only' : ''}`,
  );
}

const PRINTERS = {
  turn: printTurns,
  memory: printMemory,
  listing: printListing,
  stream: printStreams,
  sockets: printSockets,
  relay: printRelay,
  sends: printSends,
  webhooks: printWebhooks,
  skills: printSkills,
};

export function printSection(section, figures) {
  PRINTERS[section](figures);
}

function printTurns({ tables, acknowledged, answersStored, commitMs }) {
  for (const { mode, rows } of tables) {
    const title = mode === 'new' ? 'each in a new conversation' : 'of 32 conversations, with their history';
    print(`\nDurable turns, ${title}`);
    table(
      ['connections', '', 'turns/s', 'p50 ms', 'p99 ms', 'CPU µs', 'database CPU µs', 'peak MB'],
      rows.flatMap(({ connections, gateway, floor, ratio }) => [
        [connections, 'gateway', ...subjectCells(gateway)],
        ['', 'floor', ...subjectCells(floor)],
        [
          '',
          'ratio',
          fixed(ratio, 2),
          '',
          '',
          fixed(floor.cpuMicros / gateway.cpuMicros, 2),
          fixed(floor.databaseMicros / gateway.databaseMicros, 2),
          '',
        ],
      ]),
    );
  }
  const [fresh] = tables;
  const one = fresh.rows.find((row) => row.connections === 1);
  const most = fresh.rows.find((row) => row.connections === 32);
  const overhead = one.gateway.p50 - one.modelP50;
  verdict(
    most.ratio >= TARGETS.ratioAt32,
    `${fixed(most.ratio, 2)} of the floor's throughput at 32 connections (target: at least ${TARGETS.ratioAt32})`,
  );
  verdict(
    overhead <= TARGETS.overheadMs,
    `${fixed(overhead, 2)} ms over the model at 1 connection, p50 (target: at most ${TARGETS.overheadMs}; model alone ${fixed(one.modelP50, 2)}, floor ${fixed(one.floor.p50 - one.modelP50, 2)}, one commit ${fixed(commitMs, 2)})`,
  );
  verdict(answersStored === acknowledged, `${answersStored} answers stored for ${acknowledged} given`);
  const share = Math.max(...tables.flatMap(({ rows }) => rows.map((row) => row.loadShare)));
  print(`  the load generator took ${Math.round(share * 100)} % of one core at most`);
}

function subjectCells({ perSecond, p50, p99, cpuMicros, databaseMicros, peakMb }) {
  return [
    fixed(perSecond, 0),
    fixed(p50, 2),
    fixed(p99, 2),
    fixed(cpuMicros, 0),
    fixed(databaseMicros, 0),
    fixed(peakMb, 0),
  ];
}

function printMemory({ turns, samples, levelTurns, residentMb, peakMb, trendKb }) {
  print(`\nResident memory of a fresh gateway, 32 connections`);
  print(
    `  MB every 1,000 turns: ${samples.map((sample) => fixed(sample.residentMb, 0)).join(' ')}; peak ${fixed(peakMb, 0)}`,
  );
  verdict(
    residentMb <= TARGETS.residentMb,
    `${fixed(residentMb, 0)} MB after ${levelTurns} turns (target: at most ${TARGETS.residentMb} after 20,000)`,
  );
  verdict(
    Number.isFinite(trendKb) ? trendKb <= GROWTH_KB : undefined,
    `${fixed(trendKb, 0)} KB more per 1,000 turns from there to ${turns} (target: no growth, which is less than ${GROWTH_KB})`,
  );
}

function printSkills({ parallel, engines }) {
  print(`\nOne call of a skill that does nothing, in ms`);
  const measured = engines.filter((engine) => engine.reason === undefined);
  table(
    ['engine', 'cold p50', 'p99', 'warm p50', 'p99', `${parallel} at once p50`, 'p99', 'all', 'MB a sandbox'],
    measured.map(({ engine, cold, warm, parallel: many, sandboxMb }) => [
      engine,
      ...[cold.p50, cold.p99, warm.p50, warm.p99, many.p50, many.p99, many.wholeMs, sandboxMb].map((value) =>
        fixed(value, 1),
      ),
    ]),
  );
  for (const { engine, reason } of engines)
    if (reason !== undefined) print(`  ${engine} can not be used here: ${reason}`);
  for (const { engine, warm } of measured)
    verdict(
      warm.p50 <= TARGETS.warmSkillMs,
      `${fixed(warm.p50, 1)} ms warm in ${engine}, p50 (target: at most ${TARGETS.warmSkillMs})`,
    );
}

function printListing({ conversations, rows }) {
  print(`\nListing ${conversations} conversations, 20 a page, 1 connection: p50 / p99 in ms`);
  const states = [...new Set(rows.map((row) => row.state))];
  const pages = [...new Set(rows.map((row) => row.page))];
  const cell = (page, state) => rows.find((row) => row.page === page && row.state === state);
  table(
    ['page', ...states],
    pages.map((page) => [page, ...states.map((state) => both(cell(page, state)))]),
  );
  const slowest = rows.reduce((worst, row) => (row.p50 > worst.p50 ? row : worst));
  verdict(
    slowest.p50 <= TARGETS.pageMs,
    `p50 ${fixed(slowest.p50, 2)} ms on the slowest page (${slowest.page}, ${slowest.state}; target: at most ${TARGETS.pageMs} on every one)`,
  );
}

function both(row) {
  return `${fixed(row.p50, 2)} / ${fixed(row.p99, 2)}`;
}

function printStreams({ tokensPerAnswer, rows }) {
  print(`\nStreaming answers of ${tokensPerAnswer} tokens that the model has ready`);
  table(
    ['streams', 'tokens/s', 'p50 ms a stream', 'CPU µs a token'],
    rows.map((row) => [row.streams, fixed(row.tokensPerSecond, 0), fixed(row.p50, 1), fixed(row.cpuMicrosPerToken, 2)]),
  );
}

function printSockets({ idleSockets, idle, bare, rows }) {
  print(`\nWebSocket: ${idleSockets} idle connections`);
  table(
    ['', 'KB each', 'CPU µs to open', '% of a core while idle'],
    Object.entries({ gateway: idle, 'bare ws': bare }).map(([name, { kilobytes, openingMicros, idleShare }]) => [
      name,
      fixed(kilobytes, 1),
      fixed(openingMicros, 0),
      fixed(idleShare * 100, 1),
    ]),
  );
  verdict(
    idle.kilobytes <= TARGETS.socketKb,
    `${fixed(idle.kilobytes, 1)} KB for an idle connection (target: at most ${TARGETS.socketKb})`,
  );
  print(`\nDurable turns through WebSockets, each in a new conversation; the floor is its turn behind bare ws`);
  table(
    ['connections', '', 'messages/s', 'p50 ms', 'CPU µs'],
    rows.flatMap(({ connections, gateway, floor, ratio }) => [
      [connections, 'gateway', fixed(gateway.perSecond, 0), fixed(gateway.p50, 2), fixed(gateway.cpuMicros, 0)],
      ['', 'floor', fixed(floor.perSecond, 0), fixed(floor.p50, 2), fixed(floor.cpuMicros, 0)],
      ['', 'ratio', fixed(ratio, 2), '', fixed(floor.cpuMicros / gateway.cpuMicros, 2)],
    ]),
  );
}

function printRelay({ tokensPerAnswer, whole, streams, first }) {
  print(`\nOpenAI's dialect, stateless calls answered whole; the floor is a bare proxy`);
  table(
    ['connections', '', 'calls/s', 'p50 ms', 'CPU µs'],
    whole.flatMap(({ connections, gateway, floor, ratio, cpuRatio }) => [
      [connections, 'gateway', fixed(gateway.perSecond, 0), fixed(gateway.p50, 2), fixed(gateway.cpuMicros, 0)],
      ['', 'floor', fixed(floor.perSecond, 0), fixed(floor.p50, 2), fixed(floor.cpuMicros, 0)],
      ['', 'ratio', fixed(ratio, 2), '', fixed(cpuRatio, 2)],
    ]),
  );
  const busiest = whole.at(-1);
  verdict(
    busiest.cpuRatio <= TARGETS.callCpu,
    `${fixed(busiest.cpuRatio, 2)} of the floor's processor time at ${busiest.connections} connections (target: at most ${TARGETS.callCpu})`,
  );
  print(`\nOpenAI's dialect, streams of ${tokensPerAnswer} tokens, each in a chunk of its own`);
  table(
    ['streams', '', 'chunks/s', 'CPU µs a chunk'],
    streams.flatMap(({ connections, gateway, floor, model, ratio, cpuRatio }) => {
      const cells = ({ perSecond, cpuMicros }) => [
        fixed(perSecond * tokensPerAnswer, 0),
        fixed(cpuMicros / tokensPerAnswer, 2),
      ];
      return [
        [connections, 'gateway', ...cells(gateway)],
        ['', 'floor', ...cells(floor)],
        ['', 'model alone', ...cells(model)],
        ['', 'ratio', fixed(ratio, 2), fixed(cpuRatio, 2)],
      ];
    }),
  );
  for (const { connections, ratio } of streams) {
    verdict(
      ratio >= TARGETS.relayRatio,
      `${fixed(ratio, 2)} of the floor's chunks/s over ${connections} (target: at least ${TARGETS.relayRatio})`,
    );
  }
  print('\nThe first token, over 1 connection, p50 in ms');
  table(
    ['a model that', 'gateway', 'floor', 'model alone', 'over the model', 'over the floor'],
    first.map(({ pauseMs, gateway, floor, model }) => [
      pauseMs === 0 ? 'has it ready' : `needs ${pauseMs} ms a token`,
      ...[gateway, floor, model].map(({ firstP50 }) => fixed(firstP50, 2)),
      ...[model, floor].map(({ firstP50 }) => fixed(gateway.firstP50 - firstP50, 2)),
    ]),
  );
  // Where the model pauses, the caches are lost meanwhile, and the bare proxy alone adds nearly as much: told, not judged.
  const ready = first.find(({ pauseMs }) => pauseMs === 0);
  const added = ready.gateway.firstP50 - ready.model.firstP50;
  verdict(
    added <= TARGETS.firstTokenMs,
    `${fixed(added, 2)} ms added to the first token of a model that has it ready, p50 (target: at most ${TARGETS.firstTokenMs})`,
  );
}

function printSends({ rows }) {
  print('\nSends through the webhook channel to a chat on this machine: stored, delivered and noted');
  table(
    ['connections', 'sends/s', 'p50 ms', 'p99 ms', 'chat alone p50 ms', 'CPU µs'],
    rows.map(({ connections, perSecond, p50, p99, chatP50, cpuMicros }) => [
      connections,
      fixed(perSecond, 0),
      fixed(p50, 2),
      fixed(p99, 2),
      fixed(chatP50, 2),
      fixed(cpuMicros, 0),
    ]),
  );
}

function printWebhooks({ perSecond, cpuMicros, delay, isolation }) {
  print(`\nWebhooks, from the outbox to a receiver on this machine`);
  verdict(
    perSecond >= TARGETS.webhooksPerSecond,
    `${fixed(perSecond, 0)} deliveries/s, ${fixed(cpuMicros, 0)} CPU µs each (target: at least ${TARGETS.webhooksPerSecond}/s)`,
  );
  verdict(
    delay.p50 <= TARGETS.webhookDelayMs,
    `${fixed(delay.p50, 1)} ms from commit to delivery at ${delay.perSecond}/s, p50; p99 ${fixed(delay.p99, 1)} (target: p50 at most ${TARGETS.webhookDelayMs})`,
  );
  verdict(
    isolation.ratio <= TARGETS.deadEndpointRatio,
    `${fixed(isolation.ratio, 2)} of the delay without it (p99) where 1 of ${isolation.endpoints} endpoints is dead: ${fixed(isolation.with, 1)} and ${fixed(isolation.without, 1)} ms (target: at most ${TARGETS.deadEndpointRatio})`,
  );
}

function table(head, rows) {
  const lines = [head, ...rows].map((line) => line.map(String));
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  for (const line of lines) {
    print(
      `  ${line.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join('  ')}`,
    );
  }
}

/** `met` is undefined where there are too few figures to tell. */
function verdict(met, text) {
  print(`  ${met === undefined ? '      ' : met ? 'met   ' : 'MISSED'}  ${text}`);
}

function fixed(value, digits) {
  return Number.isFinite(value) ? value.toFixed(digits) : '-';
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
