import { escapeMrkdwn } from './escape-mrkdwn.js';

/** What a link may lead to. Between Slack's angle brackets anything else can be a command: `<!channel>`, `<@U123>`. */
const SCHEMES = new Set(['http:', 'https:', 'mailto:', 'tel:']);

/**
 * @param label plain text, not escaped
 * @returns Slack's markup; the label and the address as plain text, if the address is none that a link may lead to
 */
export function renderLink(href: string, label: string): string {
  const name = label.replace(/\s+/g, ' ').trim();
  const target = targetOf(href);
  if (target === undefined) return escapeMrkdwn(name === '' || name === href ? href : `${name} (${href})`);
  const address = escapeMrkdwn(target);
  if (name === '' || name === href || name === target || `mailto:${name}` === target) return `<${address}>`;
  // A name that is an address itself, of something else, would lead people astray.
  if (LOOKS_LIKE_AN_ADDRESS.test(name)) return `${escapeMrkdwn(name)} (<${address}>)`;
  // Within a link's name, `|` has no meaning any more.
  return `<${address}|${escapeMrkdwn(name)}>`;
}

const LOOKS_LIKE_AN_ADDRESS = /^\S*(?:[a-z][a-z0-9+.-]*:\/\/|www\.)|^[\p{L}\p{N}.@-]+\.\p{L}{2,}(?:[/?#:]\S*)?$/iu;

function targetOf(href: string): string | undefined {
  if (!URL.canParse(href)) return undefined;
  const { protocol, href: whole } = new URL(href);
  if (!SCHEMES.has(protocol)) return undefined;
  // What would end an address in Slack's markup, and what an opaque one (`mailto:`) lets through.
  return whole.replace(/[|<>`\s]/g, (character) => encodeURIComponent(character));
}
