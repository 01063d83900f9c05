import {
  dtoSchema,
  ExecuteSkillRequest,
  InstallSkillRequest,
  type Operation,
  type SkillInfo,
  skillExecutedSchema,
  skillListSchema,
  skillRemovedSchema,
  skillSchema,
} from '@openclaw/contracts';

const WEATHER: SkillInfo = {
  name: 'weather',
  version: '1.2.0',
  description: 'Tells the weather of a place.',
  status: 'active',
  enabled: true,
  permissions: { network: true, filesystem: false, shell: false },
  installed_at: '2026-11-20T12:00:00.000Z',
  last_used: '2026-11-20T12:30:00.000Z',
  invocations: 12,
  source: 'registry',
  kind: 'function',
};
const NAME = { name: 'The name of a skill.' };

export const skillListDocs: Operation = {
  id: 'listSkills',
  tag: 'Skills',
  summary: 'List the skills',
  description:
    'Those that were installed, those in the folders of `skills.dirs`, and those that come with the gateway.',
  answers: {
    200: {
      description: 'All of them, by name.',
      json: {
        schema: skillListSchema,
        examples: { skills: { skills: [WEATHER], total: 1, success: true, data: { skills: [WEATHER] } } },
      },
    },
  },
};

export const skillInstallDocs: Operation = {
  id: 'installSkill',
  tag: 'Skills',
  summary: 'Install a skill, or another version of it',
  description:
    'From the registry of `skills.registry`. It is there for all replicas or, when anything goes wrong, nothing has changed. A skill that asks for more than `skills.policy` grants is a 403.',
  body: {
    schema: dtoSchema(InstallSkillRequest),
    examples: { weather: { name: 'weather', version: '1.2.0' } },
  },
  answers: {
    201: {
      description: 'It is installed.',
      json: {
        schema: skillSchema,
        examples: {
          installed: {
            ...WEATHER,
            last_used: null,
            invocations: 0,
            package: '@acme/weather',
            integrity: 'sha512-qUGv…',
          },
        },
      },
    },
  },
  errors: [404, 422],
};

export const skillRemoveDocs: Operation = {
  id: 'removeSkill',
  tag: 'Skills',
  summary: 'Remove an installed skill',
  path: NAME,
  answers: {
    200: {
      description: 'It is gone.',
      json: { schema: skillRemovedSchema, examples: { removed: { name: 'weather', removed: true } } },
    },
  },
  errors: [404, 409],
};

export const skillExecuteDocs: Operation = {
  id: 'executeSkill',
  tag: 'Skills',
  summary: 'Run a skill',
  description:
    'Arguments that its input schema does not allow are a 400, a failure of the skill is a 422 with its own words.',
  path: NAME,
  body: {
    schema: dtoSchema(ExecuteSkillRequest),
    examples: { list: { args: ['Beijing'], session: 'default' }, named: { args: { place: 'Beijing', days: 3 } } },
  },
  answers: {
    200: {
      description: 'What it returned.',
      json: {
        schema: skillExecutedSchema,
        examples: { result: { success: true, data: { result: 'Sunny, 20 to 28 °C', executionTime: 1.5 } } },
      },
    },
  },
  errors: [404, 422],
};
