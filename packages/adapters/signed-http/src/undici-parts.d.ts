declare module 'undici/lib/dispatcher/agent.js' {
  export { Agent as default } from 'undici';
}

declare module 'undici/lib/core/connect.js' {
  export { buildConnector as default } from 'undici';
}

declare module 'undici/lib/api/api-request.js' {
  import type { Dispatcher } from 'undici';

  /** What undici's index makes a method of every dispatcher. */
  export default function request(
    this: Dispatcher,
    options: Dispatcher.DispatchOptions & { origin: string; signal: AbortSignal },
  ): Promise<Dispatcher.ResponseData>;
}
