/** How long and how much, for WebSocket connections. Times in ms. */
export interface SocketSettings {
  /** Within which a client has to say who it is. */
  authTimeoutMs: number;
  /** Between pings; who has not been heard of for two of them is gone. */
  pingMs: number;
  /** How often each token is checked again. */
  recheckMs: number;
  maxFrameBytes: number;
  /** What may wait for a client that reads slowly. */
  maxBufferedBytes: number;
  /** Messages of one socket that are under way at once. */
  maxMessages: number;
  /** Within a minute. */
  maxBadFrames: number;
  /** How long a client may take to answer a close. */
  lingerMs: number;
  /** The same for one that is closed because it reads slowly: it has to read what waits before it learns why. */
  slowLingerMs: number;
}

export const DEFAULT_SOCKET_SETTINGS: SocketSettings = {
  authTimeoutMs: 10_000,
  pingMs: 15_000,
  recheckMs: 400,
  maxFrameBytes: 1024 * 1024,
  maxBufferedBytes: 1024 * 1024,
  maxMessages: 100,
  maxBadFrames: 100,
  lingerMs: 2_000,
  slowLingerMs: 15_000,
};

/** Why the gateway closes a socket. 4xxx are ours, the others the protocol's. */
export const CLOSE = {
  policy: 1008,
  restart: 1012,
  slow: 1013,
  unauthorized: 4401,
  authTimeout: 4408,
} as const;
