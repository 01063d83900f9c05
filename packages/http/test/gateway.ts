import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { CHANNEL_TYPES } from '@openclaw/contracts';
import {
  ActiveTurns,
  AgentDirectory,
  Authenticate,
  CompletePrompt,
  EmbedTexts,
  ConfigAdmin,
  type ConfigUpdate,
  type Component,
  type ComponentHealth,
  EventFeed,
  type GatewayStatus,
  FailedAttempts,
  HealthReader,
  InvalidInput,
  CallEndpoint,
  ManageWebhooks,
  WebhookSecretBox,
  OutgoingHttp,
  type OutgoingCall,
  type OutgoingAnswer,
  ModelCatalog,
  NoMetrics,
  NoTracer,
  RateLimiter,
  type RunEvent,
  type SkillEvent,
  type RunRequest,
  RunTurn,
  AnswerRequest,
  AdmitSender,
  CancelTurn,
  ChannelOverview,
  DeliverSends,
  ManagePairings,
  ReceiveMessage,
  SendToChannel,
  FollowTurn,
  SendMessage,
  SendOnce,
  StatusReader,
  SystemClock,
  UsageRecorder,
  CompactMemory,
  KeepMemory,
  SearchMemory,
} from '@openclaw/core';
import {
  InMemoryAttemptStore,
  InMemoryChannelDirectory,
  InMemoryChannelInbox,
  InMemoryChannelLinks,
  InMemoryPairingStore,
  InMemorySendStore,
  InMemoryConversations,
  InMemoryConversationStore,
  InMemoryEventLog,
  InMemoryLimitStore,
  InMemoryLogger,
  InMemoryMemoryIndex,
  InMemoryTokenStore,
  InMemoryIdempotencyKeys,
  InMemoryTurnRelay,
  InMemoryTurnStore,
  InMemorySkills,
  InMemoryUsageStore,
  InMemoryVectorIndex,
  InMemoryWebhookDeliveries,
  InMemoryWebhookEndpoints,
  InMemoryWebhookQueue,
  InMemoryWebhooks,
  WordAnalyser,
} from '@openclaw/core/testing';
import {
  createGatewayServer,
  DEFAULT_CONNECTION_LIMITS,
  DEFAULT_HEARTBEAT_MS,
  DEFAULT_SOCKET_SETTINGS,
  type HttpDeps,
  type HttpSettings,
} from '../src/index.js';

export type Script = (request: RunRequest, signal: AbortSignal) => AsyncIterable<RunEvent | SkillEvent>;

export const OPERATOR = 'operator-secret';
export const TOKENS = {
  admin: 'tok-other-admin',
  chat: 'tok-chat',
  read: 'tok-read',
  send: 'tok-send',
  other: 'tok-other-tenant',
};

/** Says what it was told. */
export const parrot: Script = async function* (request) {
  for (const word of `you said: ${request.messages.at(-1)?.content}`.split(/(?<= )/))
    yield { type: 'delta', text: word };
  yield { type: 'finished', model: request.choice.model, usage: { inputTokens: 7, outputTokens: 3 } };
};

class FixedHealth extends HealthReader {
  isReady = true;
  database: ComponentHealth = { status: 'ok' };

  ready(): boolean {
    return this.isReady;
  }

  async components(): Promise<Record<Component, ComponentHealth>> {
    const ok = { status: 'ok' } as const;
    return { database: this.database, provider: ok, channels: ok, webhooks: ok, skills: ok };
  }
}

class FixedStatus extends StatusReader {
  async read(): Promise<GatewayStatus> {
    return {
      version: '1.2.3',
      uptimeSeconds: 5,
      gateway: { port: 18789, bind: '127.0.0.1', authEnabled: true },
      reasoning: { primaryProvider: 'primary', primaryModel: 'm1', totalRequests: 4, averageLatencyMs: 20 },
      memory: { walEntries: 0, compactedFiles: 0, totalSizeMb: 0 },
      skills: { installed: 0, active: 0, containerEngine: null, rootless: true },
      channels: { connected: [], disconnected: [] },
      models: { available: 2, default: 'm1' },
      sessions: { active: 0, total: 1 },
    };
  }
}

class PlainConfig extends ConfigAdmin {
  private config: Record<string, unknown> = {
    gateway: { port: 18789, auth: { enabled: true, token: '***REDACTED***' } },
  };

  effective(): unknown {
    return this.config;
  }

  part(path: string): unknown {
    return path
      .split(/[./]/)
      .reduce<unknown>(
        (at, key) => (at !== null && typeof at === 'object' ? Reflect.get(at, key) : undefined),
        this.config,
      );
  }

  async update(patch: object): Promise<ConfigUpdate> {
    if ('nonsense' in patch) throw InvalidInput.field('nonsense', 'nonsense is no part of the configuration');
    this.config = { ...this.config, ...patch };
    return { config: this.config, applied: Object.keys(patch), restartPaths: ['gateway.port'] };
  }
}

/** Endpoints that answer what they are told to, and no others. */
export class ScriptedReceivers extends OutgoingHttp {
  readonly calls: OutgoingCall[] = [];
  answer: OutgoingAnswer = { status: 200, text: 'ok' };

  async post(call: OutgoingCall): Promise<OutgoingAnswer> {
    this.calls.push(call);
    return this.answer;
  }

  refusal(url: string): string | undefined {
    return url.includes('private') ? 'must be a public address' : undefined;
  }
}

export interface TestGateway {
  /** What webhooks are sent to, and the queue that they wait in: nobody delivers but the test. */
  receivers: ScriptedReceivers;
  webhookQueue: InMemoryWebhookQueue;
  url: string;
  port: number;
  deps: HttpDeps;
  health: FixedHealth;
  logger: InMemoryLogger;
  conversations: InMemoryConversationStore;
  /** None at first. */
  channels: InMemoryChannelDirectory;
  links: InMemoryChannelLinks;
  /** Replaced at will. */
  script: { run: Script };
  settings: { value: HttpSettings };
  retireSockets(): void;
  close(graceMs?: number): Promise<void>;
}

export const SETTINGS: HttpSettings = {
  maxBodyBytes: 1024 * 1024,
  trustedProxies: [],
  allowedIPs: [],
  ownNameOnly: false,
  cors: { enabled: false, origins: [], methods: ['GET', 'POST', 'DELETE'] },
  heartbeatMs: DEFAULT_HEARTBEAT_MS,
  metricsToken: undefined,
  restEnabled: true,
  openAiEnabled: true,
  limits: DEFAULT_CONNECTION_LIMITS,
  sockets: DEFAULT_SOCKET_SETTINGS,
};

export const PLENTY = {
  global: { windowMs: 60_000, maxRequests: 1_000_000 },
  perToken: { windowMs: 60_000, maxRequests: 1_000_000 },
};
export const GUESSING = { maxAttempts: 10, windowMs: 60_000, lockoutMs: 300_000, exemptLoopback: true };

/** The HTTP layer over the real use cases, in-memory stores and a scripted model, on a free port. */
export async function startGateway(
  changes: Partial<HttpSettings> = {},
  run: Script = parrot,
  replaced: Partial<HttpDeps> = {},
): Promise<TestGateway> {
  const logger = new InMemoryLogger();
  const clock = new SystemClock();
  const data = new InMemoryConversations();
  const turns = new InMemoryTurnStore(data);
  const conversations = new InMemoryConversationStore(data);
  const script = { run };
  const settings = { value: { ...SETTINGS, ...changes } };
  const directory = new AgentDirectory(
    { main: { history: { maxMessages: 20, maxTokens: 10_000 } } },
    new ModelCatalog({
      providers: [{ name: 'primary', model: 'm1', models: ['m2'], fallback: false }],
      aliases: {},
      onUnknown: 'error',
    }),
  );
  const agents = () => directory;
  const runner = { run: (request: RunRequest, signal: AbortSignal) => script.run(request, signal) };
  const recorder = new UsageRecorder(new InMemoryUsageStore(), clock, logger);
  const active = new ActiveTurns();
  const memory = new InMemoryMemoryIndex(data);
  const analyser = new WordAnalyser();
  const searchMemory = new SearchMemory(memory, analyser);
  const relay = new InMemoryTurnRelay(data);
  const runTurn = new RunTurn(turns, runner, agents, active, logger, relay);
  const sendMessage = replaced.sendMessage ?? new SendMessage(turns, runTurn, agents, active, logger);
  const followTurn = new FollowTurn(turns, relay, active, clock);
  const auth = {
    enabled: true,
    operatorSecrets: [OPERATOR],
    tokens: [
      { name: 'chatter', token: TOKENS.chat, scope: ['chat' as const] },
      { name: 'reader', token: TOKENS.read, scope: ['read' as const] },
      { name: 'sender', token: TOKENS.send, scope: ['send' as const] },
      { name: 'stranger', token: TOKENS.admin, scope: ['admin' as const], tenant: 'other' },
      { name: 'neighbour', token: TOKENS.other, scope: ['chat' as const, 'read' as const], tenant: 'other' },
    ],
  };
  const health = new FixedHealth();
  const channels = new InMemoryChannelDirectory();
  const sends = new InMemorySendStore(data);
  const inbox = new InMemoryChannelInbox(data, turns);
  const links = new InMemoryChannelLinks(data, inbox);
  const pairings = new InMemoryPairingStore();
  const delivery = new DeliverSends(sends, channels, logger);
  const admit = new AdmitSender(pairings, inbox, logger);
  const receive = new ReceiveMessage(inbox, admit, agents, active, logger);
  const webhookData = new InMemoryWebhooks(data, clock);
  const receivers = new ScriptedReceivers();
  const secrets = new WebhookSecretBox({
    seal: async (purpose, secret) => `${purpose}|${secret}`,
    open: async (_purpose, sealed) => sealed.slice(sealed.indexOf('|') + 1),
  });
  const webhooks = new ManageWebhooks({
    endpoints: new InMemoryWebhookEndpoints(webhookData),
    deliveries: new InMemoryWebhookDeliveries(webhookData),
    secrets,
    call: new CallEndpoint(receivers, secrets, clock),
    http: receivers,
    clock,
    look: () => undefined,
  });
  const deps: HttpDeps = {
    embedTexts: new EmbedTexts(() => undefined, active, recorder),
    completePrompt: new CompletePrompt(runner, agents, active, recorder),
    sendMessage,
    sendOnce: new SendOnce(sendMessage, new InMemoryIdempotencyKeys(turns, clock), followTurn),
    followTurn,
    cancelTurn: new CancelTurn(turns, relay),
    sendToChannel: new SendToChannel(sends, delivery, channels, active, CHANNEL_TYPES, 300),
    sends,
    channels: new ChannelOverview(channels, links, clock),
    pairings: new ManagePairings(pairings, channels),
    channelRequests: new AnswerRequest(channels, receive),
    turns,
    memory,
    vectors: new InMemoryVectorIndex(memory),
    searchMemory,
    keepMemory: new KeepMemory(memory, analyser, clock),
    compactMemory: new CompactMemory(memory, clock, logger, () => ({ afterDays: 0, summaries: false })),
    conversations,
    webhooks,
    events: new EventFeed(new InMemoryEventLog(data), logger, 5),
    authenticate: new Authenticate(() => auth, new InMemoryTokenStore(), clock),
    attempts: new FailedAttempts(() => GUESSING, new InMemoryAttemptStore(), logger),
    limiter: new RateLimiter(() => PLENTY, new InMemoryLimitStore(), logger),
    agents,
    skills: replaced.skills ?? new InMemorySkills(clock, logger),
    health,
    status: new FixedStatus(),
    config: new PlainConfig(),
    logs: logger,
    logger,
    metrics: new NoMetrics(),
    tracer: new NoTracer(),
    metricsReader: { read: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'up 1\n' }) },
    settings: () => settings.value,
    version: '1.2.3',
    clock,
    ...replaced,
  };
  const { server, close, retireSockets } = createGatewayServer(deps);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    ...{ url, port, deps, health, logger, conversations, channels, links, script, settings, retireSockets },
    ...{ receivers, webhookQueue: new InMemoryWebhookQueue(webhookData) },
    close: async (graceMs = 0) => {
      await close(graceMs);
      await recorder.close();
      await delivery.stop(0);
    },
  };
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // Tests look into answers of every shape.
  json: ReturnType<typeof JSON.parse>;
}

/** One call with the operator's token, unless `headers` say otherwise. A `body` that is no string is sent as JSON. */
export async function call(
  gateway: TestGateway,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(gateway.url + path, {
    method,
    headers: {
      Authorization: `Bearer ${OPERATOR}`,
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && {
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    }),
  });
  const text = await response.text();
  const isJson = text !== '' && response.headers.get('content-type')?.startsWith('application/json');
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
}

/** Sends raw bytes and gives all that comes back until the server ends the connection. */
export async function raw(gateway: TestGateway, ...pieces: (string | Buffer)[]): Promise<string> {
  const socket = net.connect(gateway.port, '127.0.0.1');
  const received: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => received.push(chunk));
  const closed = once(socket, 'close');
  for (const piece of pieces) socket.write(piece);
  await closed;
  return Buffer.concat(received).toString('utf8');
}

/** A promise with its handles outside, to let a scripted model wait for the test. */
export function gate(): { opened: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

/** A stream's text without the events' ids, which name the turn. */
export function withoutIds(text: string): string {
  return text.replaceAll(/^id: .*\n/gm, '');
}
