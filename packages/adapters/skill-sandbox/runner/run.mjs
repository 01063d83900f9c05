// Runs inside the sandbox, as its first and only program: loads the skill's function, says that it is ready, takes one call from stdin,
// and answers on stdout; one line of JSON each. It is as little to be trusted as the skill itself, which shares its process.
import { pathToFileURL } from 'node:url';

const write = process.stdout.write.bind(process.stdout);
// What a skill prints is for its author, and must not be taken for its answer.
process.stdout.write = process.stderr.write.bind(process.stderr);

function send(message, then) {
  write(`${JSON.stringify(message)}\n`, then);
}

function end(message) {
  send(message, () => process.exit(0));
}

/** How `fetch` words that the gateway's proxy has refused a host, and what it means to people. */
const REFUSED = /^Proxy response \(403\)/;
const REFUSED_WORDS =
  'the gateway does not let this skill reach that host, or there is none of that name (skills.<name>.allowedHosts)';

/** What `fetch` says by itself is that it failed; why stands in its causes. */
function wordsOf(error) {
  if (!(error instanceof Error)) return String(error);
  const words = [];
  for (let at = error; at instanceof Error && words.length < 5; at = at.cause) {
    if (REFUSED.test(at.message)) return `${error.message}: ${REFUSED_WORDS}`;
    if (at.message && !words.includes(at.message)) words.push(at.message);
  }
  return words.join(': ') || error.name;
}

function failed(error) {
  end({ error: wordsOf(error).slice(0, 4000) });
}

async function main([entry]) {
  // The workspace, for who has one.
  if (process.env.OPENCLAW_WORKSPACE) process.chdir(process.env.OPENCLAW_WORKSPACE);
  const module = await import(pathToFileURL(entry).href);
  const run = typeof module.default === 'function' ? module.default : module.default?.default;
  if (typeof run !== 'function') throw new Error('The entry has no function as its default export');
  const called = firstLine();
  send({ ready: true });
  const line = await called;
  // The gateway has no call for it any more.
  if (line === undefined) process.exit(0);
  const { args, context } = JSON.parse(line);
  const result = await run(args, context);
  end({ result: result === undefined ? null : result });
}

/** Listens before anybody is told that it is ready, so that nothing has to be loaded when the call comes. Undefined at the end of the input. */
function firstLine() {
  return new Promise((resolve) => {
    let text = '';
    process.stdin
      .setEncoding('utf8')
      .on('data', (chunk) => {
        text += chunk;
        const end = text.indexOf('\n');
        if (end >= 0) resolve(text.slice(0, end));
      })
      .on('end', () => resolve(undefined));
  });
}

process.on('uncaughtException', failed);
main(process.argv.slice(2)).catch(failed);
