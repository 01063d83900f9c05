import type { BrokenRule } from './broken-rule.js';
import type { ConfigValues } from './schema/config.js';

/** What channels need beyond what the schema says of one key. */
export function channelRules(values: ConfigValues): BrokenRule[] {
  return [...agentRules(values), ...telegramRules(values), ...slackRules(values)];
}

function agentRules({ agents, channels }: ConfigValues): BrokenRule[] {
  const names = Object.keys(agents);
  return Object.entries(channels).flatMap(([channel, settings]) => {
    if (!settings || names.includes(settings.agent)) return [];
    const why = `there is no agent "${settings.agent}"`;
    return [
      {
        path: ['channels', channel, 'agent'],
        got: JSON.stringify(settings.agent),
        wanted: `one of ${names.join(', ')}`,
        why,
      },
    ];
  });
}

function telegramRules({ channels: { telegram } }: ConfigValues): BrokenRule[] {
  if (telegram?.mode !== 'webhook' || telegram.webhookUrl !== undefined) return [];
  const why = 'mode "webhook" needs the public address at which Telegram reaches the gateway';
  return [{ path: ['channels', 'telegram', 'webhookUrl'], got: 'nothing', wanted: 'an https:// URL', why }];
}

function slackRules({ channels: { slack } }: ConfigValues): BrokenRule[] {
  const need = (member: string, wanted: string, why: string) => [
    { path: ['channels', 'slack', member], got: 'nothing', wanted, why },
  ];
  if (slack?.mode === 'socket' && slack.appToken === undefined) {
    const why = 'mode "socket" needs an app-level token with the scope connections:write';
    return need('appToken', 'an app-level token (xapp-…), or mode "http"', why);
  }
  if (slack?.mode === 'http' && slack.signingSecret === undefined)
    return need('signingSecret', 'the signing secret of the app', 'mode "http" needs it, to know who calls');
  return [];
}
