import * as z from 'zod';
import { describe, key } from './key.js';
import {
  headerSecret,
  httpUrl,
  identifier,
  milliseconds,
  secretText,
  text,
  webhookSecret,
  webSocketUrl,
} from './values.js';

/** Members that later channels' own keys join: those are left to the channel's adapter, which reads them. */
const common = {
  enabled: key('Whether the channel is connected.', z.boolean().default(true)),
  agent: key('The agent that answers there.', identifier().default('main')),
  tenant: key('To whom its conversations belong.', identifier().default('default')),
  apiRoot: key("Another address for the platform's API.", httpUrl().optional()),
  access: key(
    'Who is answered: everybody, who is in `allowFrom`, or also whom an operator has approved by the code that strangers are told.',
    z.enum(['open', 'allowlist', 'pairing']).optional(),
    { standard: '`open`; `allowlist` where `allowFrom` names somebody' },
  ),
  allowFrom: key('Ids of people who are answered, as the platform gives them.', z.array(text()).default([])),
  groups: key('Whether it answers in groups, when it is addressed.', z.boolean().default(true)),
  streaming: key(
    'Whether an answer is shown as it grows, where the platform lets messages be changed.',
    z.boolean().default(true),
  ),
  failureNotice: key(
    'What a chat is told when no answer could be made, or the model answered with nothing; an empty text says nothing.',
    z.string().max(1_000).default('Sorry, I could not answer that. Please try again in a moment.'),
  ),
};

export const channelsSchema = z
  .object({
    telegram: key(
      'Telegram.',
      z
        .looseObject({
          ...common,
          token: key("The bot's token.", secretText()),
          mode: key('How updates come in.', z.enum(['polling', 'webhook']).default('polling')),
          webhookUrl: key(
            'Where Telegram reaches this channel, for mode "webhook": the public address of `/channels/telegram`.',
            httpUrl().optional(),
          ),
          webhookSecret: key(
            'What Telegram shows with each delivery, for mode "webhook".',
            webhookSecret().optional(),
            {
              standard: 'derived from the token',
            },
          ),
        })
        .optional(),
    ),
    discord: key(
      'Discord.',
      z
        .looseObject({
          ...common,
          token: key("The bot's token.", secretText()),
          gatewayUrl: key("Another address for the platform's gateway.", webSocketUrl().optional(), {
            standard: 'what the API names',
          }),
        })
        .optional(),
    ),
    slack: key(
      'Slack.',
      z
        .looseObject({
          ...common,
          botToken: key("The bot's token (xoxb-…).", headerSecret()),
          appToken: key('The app-level token (xapp-…); needed in mode "socket".', headerSecret().optional()),
          signingSecret: key('Tells requests of Slack from others; needed in mode "http".', secretText().optional()),
          mode: key(
            'How events come in: through a connection that the gateway opens, or as requests to it.',
            z.enum(['socket', 'http']).default('socket'),
          ),
        })
        .optional(),
    ),
    webhook: key(
      'A plain signed HTTP callback: docs/guides/webhook-channel.md.',
      z
        .looseObject({
          ...common,
          url: key('Where messages to a chat are POSTed.', httpUrl()),
          secret: key(
            'Signs messages both ways; at least 16 characters, or `whsec_` and base64.',
            describe(z.string().min(16), { secret: true, wanted: 'a text of at least 16 characters' }),
          ),
          timeoutMs: key('How long the receiver may take.', milliseconds(100).default(15_000)),
        })
        .optional(),
    ),
  })
  .catchall(
    describe(z.looseObject({ ...common, module: key('The npm package that serves the channel.', text()) }), {
      about: 'Further channels by name, served by an npm package.',
    }),
  )
  .prefault({});
