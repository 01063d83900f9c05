import { unescapeMrkdwn } from './escape-mrkdwn.js';

/** More people than this in one message keep their ids for names. */
const MOST_NAMES = 20;
const COMMAND = /<([^<>\n]*)>/g;

/** Slack's references in a text (`<@U123>`, `<https://…|name>`) as people see them; its entities as the characters that they are. */
export async function readText(text: string, nameOf: (userId: string) => Promise<string>): Promise<string> {
  const mentioned = [...text.matchAll(/<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>/g)].map(([, id]) => id as string);
  const ids = [...new Set(mentioned)].slice(0, MOST_NAMES);
  const names = new Map(await Promise.all(ids.map(async (id) => [id, await nameOf(id)] as const)));
  let plain = '';
  let end = 0;
  for (const match of text.matchAll(COMMAND)) {
    plain += unescapeMrkdwn(text.slice(end, match.index)) + readCommand(match[1] ?? '', names);
    end = match.index + match[0].length;
  }
  return plain + unescapeMrkdwn(text.slice(end));
}

function readCommand(command: string, names: ReadonlyMap<string, string>): string {
  const bar = command.indexOf('|');
  const target = unescapeMrkdwn(bar === -1 ? command : command.slice(0, bar));
  const label = bar === -1 ? '' : unescapeMrkdwn(command.slice(bar + 1));
  switch (target[0]) {
    case '@':
      return `@${names.get(target.slice(1)) ?? (label || target.slice(1))}`;
    case '#':
      return `#${label || target.slice(1)}`;
    case '!':
      // `<!here>`, `<!subteam^S123|@team>`, `<!date^…|a date in words>`
      return label || `@${target.slice(1).split('^', 1).join('')}`;
    default:
      return readLink(target, label);
  }
}

function readLink(target: string, label: string): string {
  if (label === '' || label === target || `mailto:${label}` === target || `tel:${label}` === target)
    return label || target;
  // `example.com` is what people write, and `http://example.com` what Slack makes of it.
  if (target === `http://${label}` || target === `https://${label}`) return target;
  return `[${label.replace(/[[\]]/g, '\\$&')}](${target})`;
}
