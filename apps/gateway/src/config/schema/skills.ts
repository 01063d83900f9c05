import * as z from 'zod';
import { describe, key, section } from './key.js';
import { httpUrl, milliseconds, secretText, size, text, whole } from './values.js';

const names = () => z.array(text());

const host = () =>
  describe(z.string().regex(/^(\*\.)?[^\s/*@?#]+$/), {
    wanted: 'a host such as "api.example.org", "*.example.org" or "example.org:8443"',
  });

/** Those of one skill; what is left out is that of all. */
const ownLimits = z.strictObject({
  timeoutMs: key('For one call, its start included.', milliseconds(1).optional()),
  memoryMb: key('Memory of the skill, in MB, beside what Node itself takes.', whole(16, 65_536).optional()),
  output: key('Everything that it writes, its result included.', size().optional()),
  processes: key('Processes and threads.', whole(16, 10_000).optional()),
  workspace: key("The tenant's folder.", size().optional()),
});

const skill = z.strictObject({
  enabled: key('Whether it can be used.', z.boolean().default(true)),
  allowedHosts: key(
    'The hosts that it may reach, if it asks for the network: `host` (ports 80 and 443), `host:port`, `*.domain`.',
    z.array(host()).default([]),
  ),
  allowPrivateNetworks: key(
    'Lets those hosts be in private networks or on this machine. Link-local addresses never.',
    z.boolean().default(false),
  ),
  config: key('What the skill is told as its configuration.', z.record(z.string(), z.unknown()).default({})),
  secrets: key(
    'Secrets by name that the skill is given. It is given no others.',
    z.record(z.string(), secretText()).default({}),
    {
      secret: true,
    },
  ),
  limits: key('Limits of its own.', ownLimits.prefault({})),
});

export const skillsSchema = z
  .object({
    registry: key('Where skills are installed from: a registry that speaks npm’s protocol.', httpUrl().optional(), {
      standard: 'skills are not installed',
    }),
    scope: key(
      'The only scope that skills are installed from; names without a scope are looked for in it.',
      describe(z.string().regex(/^@[a-z0-9][a-z0-9._-]*$/), { wanted: 'a scope such as "@acme"' }).optional(),
    ),
    token: key('What the registry is shown.', secretText().optional()),
    policy: key(
      'Which skills may be there, and what they may be granted. `*` stands for any characters.',
      section({
        allow: key('Skills that may be used at all.', names().default(['*'])),
        network: key(
          'May ask for the network. They reach only what their `allowedHosts` names.',
          names().default(['*']),
        ),
        filesystem: key("May ask for the tenant's folder.", names().default([])),
        shell: key('May ask to start programs.', names().default([])),
      }),
    ),
    dirs: key(
      'Folders with skills of your own: each a folder with a SKILL.md, or one that holds such folders.',
      names().default([]),
    ),
    warm: key('Sandboxes kept ready for each skill in use.', whole(0, 16).default(1)),
    concurrent: key('Sandboxes in use at once, on each gateway.', whole(1, 1_000).default(16)),
    engine: key(
      'What isolates skills. `auto` takes the one that stands its test.',
      z.enum(['auto', 'podman', 'bubblewrap', 'none']).default('auto'),
      { restart: true },
    ),
    image: key(
      'For skills with a shell: an image that is on this machine already, if the engine is podman, or the folder of an unpacked one, if it is bubblewrap.',
      text().optional(),
      { restart: true },
    ),
    unisolated: key(
      'Where no engine works: runs skills all the same, with nothing between them and this machine. For trying things out.',
      z.boolean().default(false),
      { restart: true },
    ),
    limits: key(
      'Limits of every skill.',
      section({
        timeoutMs: key('For one call, its start included.', milliseconds(1).default(30_000)),
        memoryMb: key('Memory of a skill, in MB, beside what Node itself takes.', whole(16, 65_536).default(256)),
        output: key('Everything that a skill writes, its result included.', size().default('1MB')),
        processes: key('Processes and threads.', whole(16, 10_000).default(64)),
        workspace: key("A tenant's folder.", size().default('100MB')),
      }),
    ),
  })
  .catchall(describe(skill, { about: 'What one skill, by its name, is given.' }))
  .prefault({});

export type SkillsValues = z.output<typeof skillsSchema>;
