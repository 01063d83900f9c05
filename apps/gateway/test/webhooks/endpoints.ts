import type { GatewayProcess } from '../harness/index.js';

export interface Webhook {
  id: string;
  url: string;
  secret: string;
  status: string;
  disabled_reason?: string;
  source: string;
}

export interface Delivery {
  id: string;
  event: string;
  event_id: string;
  conversation_id?: string;
  state: string;
  attempts: { at: string; status?: number; error?: string; response?: string }[];
  next_attempt_at?: string;
}

/** Receivers of these tests are on this machine. */
export const WEBHOOKS_HERE = { api: { webhooks: { allowPrivateNetworks: true } } };

export const MESSAGES = ['message.received', 'message.sent'];

async function asked<T>(
  gateway: GatewayProcess,
  path: string,
  options: Parameters<GatewayProcess['fetch']>[1],
): Promise<T> {
  const response = await gateway.fetch(`/api/v1/webhooks${path}`, options);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

export function subscribe(gateway: GatewayProcess, url: string, more: object = {}): Promise<Webhook> {
  return asked(gateway, '', { json: { url, events: MESSAGES, ...more } });
}

export function webhook(gateway: GatewayProcess, id: string): Promise<Webhook> {
  return asked(gateway, `/${id}`, {});
}

export async function webhooks(gateway: GatewayProcess): Promise<Webhook[]> {
  return (await asked<{ webhooks: Webhook[] }>(gateway, '', {})).webhooks;
}

export async function deliveries(gateway: GatewayProcess, id: string, query = ''): Promise<Delivery[]> {
  return (await asked<{ deliveries: Delivery[] }>(gateway, `/${id}/deliveries?limit=100${query}`, {})).deliveries;
}

export function post<T>(gateway: GatewayProcess, path: string, json: object = {}): Promise<T> {
  return asked(gateway, path, { json });
}

/** A message, answered. */
export async function say(gateway: GatewayProcess, message: string, conversation_id: string): Promise<string> {
  const response = await gateway.fetch('/api/v1/message', { json: { message, conversation_id } });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return ((await response.json()) as { id: string }).id;
}
