import { describe, expect, it } from '@jest/globals';
import { AjvInputChecker } from '@openclaw/adapter-skill-packages';

const checker = new AjvInputChecker();
const SCHEMA = {
  type: 'object',
  properties: {
    place: { type: 'string', pattern: '^\\p{L}+$' },
    days: { type: 'integer', minimum: 1 },
    unit: { enum: ['c', 'f'] },
  },
  required: ['place'],
  additionalProperties: false,
};

describe('AjvInputChecker', () => {
  it.each<[unknown, unknown[]]>([
    [{ place: 'Wien', days: 2 }, []],
    [{}, [{ field: 'place', message: 'is missing' }]],
    [{ place: 'Wien', x: 1 }, [{ field: 'x', message: 'is not known to the skill' }]],
    [{ place: 'Wien', days: 0 }, [{ field: 'days', message: 'must be >= 1' }]],
    [{ place: 'Wien', unit: 'k' }, [{ field: 'unit', message: 'must be one of ["c","f"]' }]],
    [{ place: '12' }, [{ field: 'place', message: 'must match pattern "^\\p{L}+$"' }]],
    ['text', [{ field: '', message: 'must be object' }]],
  ])('compares %j', async (value, problems) => {
    expect(await checker.problems(SCHEMA, value)).toEqual(problems);
  });

  it('knows the drafts of JSON Schema that skills are written in', async () => {
    for (const draft of ['http://json-schema.org/draft-07/schema#', 'https://json-schema.org/draft/2020-12/schema'])
      expect(await checker.problems({ $schema: draft, ...SCHEMA }, { place: 'Wien' })).toEqual([]);
  });

  it('does not wait for a pattern that takes for ever', async () => {
    const schema = { type: 'object', properties: { x: { type: 'string', pattern: '^(a+)+$' } } };
    expect(await checker.problems(schema, { x: `${'a'.repeat(40)}!` })).toEqual([
      { field: '', message: "can't be compared with the skill's schema in reasonable time" },
    ]);
  });

  it('refuses a schema that is none', async () => {
    await expect(checker.problems({ type: 'nonsense' }, {})).rejects.toThrow("The input schema can't be used");
    await expect(checker.problems({ $ref: 'https://example.org/schema' }, {})).rejects.toThrow(
      "The input schema can't be used",
    );
  });
});
