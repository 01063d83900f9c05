export type SlackSettings = {
  botToken: string;
  /** With the path below which the methods lie and a slash at its end: `https://slack.com/api/`. */
  apiRoot: string;
} & ({ mode: 'socket'; appToken: string } | { mode: 'http'; signingSecret: string });

/** Picks the adapter's part out of `channels.<name>`; throws an error that names the key which is wrong, never its value. */
export function readSettings(name: string, settings: Readonly<Record<string, unknown>>): SlackSettings {
  const at = (key: string) => `channels.${name}.${key}`;
  const text = (key: string, wanted: string) => {
    const value = settings[key];
    if (typeof value !== 'string' || value === '') throw new Error(`${at(key)} is missing: ${wanted}`);
    return value;
  };
  const botToken = text('botToken', 'the bot user OAuth token of the app (xoxb-…)');
  const common = { botToken, apiRoot: apiRoot(at('apiRoot'), settings.apiRoot) };
  switch (settings.mode ?? 'socket') {
    case 'socket':
      return {
        ...common,
        mode: 'socket',
        appToken: text('appToken', 'mode "socket" needs an app-level token (xapp-…) with the scope connections:write'),
      };
    case 'http':
      return {
        ...common,
        mode: 'http',
        signingSecret: text('signingSecret', 'mode "http" needs the signing secret of the app, to know who calls'),
      };
    default:
      throw new Error(`${at('mode')} is neither "socket" nor "http"`);
  }
}

function apiRoot(key: string, value: unknown): string {
  if (value === undefined) return 'https://slack.com/api/';
  if (typeof value !== 'string' || !/^https?:\/\//.test(value) || !URL.canParse(value))
    throw new Error(`${key} is not the URL of an API: it looks like https://slack.com/api/`);
  return value.endsWith('/') ? value : `${value}/`;
}
