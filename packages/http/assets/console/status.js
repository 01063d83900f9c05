import { read } from './api.js';
import { localTime, make } from './dom.js';

/** How the gateway is. */
export async function status() {
  const [{ version, uptime_seconds: uptime, reasoning }, health, { channels }, { webhooks }] = await Promise.all([
    read('/api/v1/status'),
    read('/health/detail'),
    read('/api/v1/channels'),
    read('/api/v1/webhooks').catch(() => ({ webhooks: [] })),
  ]);
  const parts = Object.entries(health).filter(([, part]) => typeof part === 'object' && part !== null);
  return make(
    'div',
    {},
    make(
      'p',
      {},
      `Version ${version}, up for ${Math.floor(uptime / 60)} minutes, ${health.status}. `,
      `${reasoning.primary_model} by ${reasoning.primary_provider}, ${reasoning.total_requests} answers, ${reasoning.avg_latency_ms} ms each.`,
    ),
    table(
      ['Part', 'State', 'Details'],
      parts.map(([name, { status: state, ...more }]) => [name, state, details(more)]),
    ),
    ...section(
      'Channels',
      ['Name', 'State', 'Since', 'Messages today', 'Last error'],
      channels.map((channel) => [
        channel.type,
        channel.status,
        localTime(channel.connected_since),
        String(channel.messages_today),
        channel.last_error ?? '',
      ]),
    ),
    ...section(
      'Webhooks',
      ['Address', 'Events', 'State'],
      webhooks.map(({ url, events, status: state }) => [url, events.join(', '), state]),
    ),
  );
}

function section(title, heads, rows) {
  if (rows.length === 0) return [make('h3', {}, title), make('p', { className: 'quiet' }, 'None is set up.')];
  return [make('h3', {}, title), table(heads, rows)];
}

function table(heads, rows) {
  const row = (cell, cells) => make('tr', {}, ...cells.map((text) => make(cell, {}, text)));
  return make('table', {}, row('th', heads), ...rows.map((cells) => row('td', cells)));
}

function details(more) {
  return Object.entries(more)
    .map(([name, value]) => `${name.replaceAll('_', ' ')}: ${readable(value)}`)
    .join('; ');
}

function readable(value) {
  if (Array.isArray(value)) return value.length > 0 ? value.map(readable).join(', ') : 'none';
  return typeof value === 'object' && value !== null ? Object.values(value).map(readable).join(' ') : String(value);
}
