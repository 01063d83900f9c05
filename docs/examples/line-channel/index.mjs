// A channel of one's own: people connect with `nc host 7777`, and each line they type is a message.
//
//   channels:
//     lines:
//       module: openclaw-line-channel
//       port: 7777
//
// See docs/guides/write-a-channel.md for what each method promises.
import { createServer } from 'node:net';

const LONGEST_LINE = 1000;

/** What the gateway calls. `settings` is `channels.lines` of the configuration, `name` is `lines`. */
export function createChannel({ name, settings, logger }) {
  const { port, host = '127.0.0.1' } = settings;
  if (!Number.isInteger(port)) throw new Error(`channels.${name}.port must be a port number`);
  return new LineChannel(port, host, logger);
}

class LineChannel {
  /** Who is connected, by the name they gave in their first line. */
  people = new Map();
  messages = 0;

  constructor(port, host, logger) {
    this.port = port;
    this.host = host;
    this.logger = logger;
  }

  /** Listens until `signal` is aborted. A port that is taken may become free: it is tried again, and the state is told. */
  async connect(host, signal) {
    host.changed({ status: 'connecting' });
    for (let pauseMs = 500; !signal.aborted; pauseMs = Math.min(pauseMs * 2, 10_000)) {
      const problem = await this.listen(host, signal);
      if (signal.aborted) return;
      host.changed({ status: 'disconnected', error: problem });
      await pause(pauseMs, signal);
    }
  }

  /** No line is longer than somebody reads; line breaks would be messages of their own. */
  split(text) {
    const lines = text.split(/\n+/).filter((line) => line.trim() !== '');
    const parts = lines.flatMap((line) => {
      const characters = Array.from(line);
      const pieces = [];
      for (let at = 0; at < characters.length; at += LONGEST_LINE)
        pieces.push(characters.slice(at, at + LONGEST_LINE).join(''));
      return pieces;
    });
    return parts.length > 0 ? parts : [text.slice(0, LONGEST_LINE)];
  }

  /**
   * Errors tell the gateway what to do by their `code`: `channel_rejected` for what will never go, `service_unavailable` for what may go
   * later.
   */
  async send(chatId, part, signal) {
    signal.throwIfAborted();
    const socket = this.people.get(chatId);
    if (/\s/.test(chatId)) throw failure('channel_rejected', `Nobody can be called ${JSON.stringify(chatId)}`);
    if (!socket) throw failure('service_unavailable', `${chatId} is not connected at the moment`);
    await new Promise((resolve, reject) => {
      socket.write(`${part.replaceAll(/[\r\n]+/g, ' ')}\n`, (error) =>
        error ? reject(failure('service_unavailable', error.message)) : resolve(undefined),
      );
    });
    return { messageId: `line-${++this.messages}` };
  }

  async typing() {}

  async check() {}

  async close() {
    for (const socket of this.people.values()) socket.destroy();
  }

  /** Resolves with the reason when it does not listen any more. */
  listen(host, signal) {
    return new Promise((resolve) => {
      const server = createServer((socket) => this.welcome(socket, host));
      const end = () => {
        for (const socket of this.people.values()) socket.destroy();
        server.close(() => resolve('stopped'));
      };
      signal.addEventListener('abort', end, { once: true });
      server.once('error', (error) => {
        signal.removeEventListener('abort', end);
        resolve(error.message);
      });
      server.listen(this.port, this.host, () => host.changed({ status: 'connected' }));
    });
  }

  welcome(socket, host) {
    let person;
    let rest = '';
    let lines = 0;
    const session = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
    socket.setEncoding('utf8');
    socket.on('error', (error) => this.logger.debug('a connection broke', { error }));
    socket.on('close', () => {
      if (this.people.get(person) === socket) this.people.delete(person);
    });
    socket.on('data', (text) => {
      rest += text;
      const whole = rest.split(/\r?\n/);
      rest = whole.pop() ?? '';
      if (rest.length > 10_000) return socket.destroy();
      for (const line of whole) {
        if (line.trim() === '') continue;
        if (person === undefined) {
          person = line.trim().replaceAll(/\s+/g, '-').slice(0, 50);
          this.people.set(person, socket);
          continue;
        }
        host
          .accept({
            updateId: `${session}-${++lines}`,
            chatId: person,
            kind: 'direct',
            addressed: true,
            from: { id: person, name: person },
            text: line,
            attachments: [],
            sentAt: new Date(),
          })
          // There is nobody who would deliver the line again: the person has to know that it was lost.
          .catch(() => socket.write('That did not get through; please say it again.\n'));
      }
    });
  }
}

function failure(code, message) {
  return Object.assign(new Error(message), { code });
}

function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve(undefined);
      },
      { once: true },
    );
  });
}
