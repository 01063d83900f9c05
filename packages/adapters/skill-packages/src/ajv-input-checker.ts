import { createContext, runInContext } from 'node:vm';
import { InputChecker, type InputProblem, type JsonSchema, SkillFailed } from '@openclaw/core';
import type { ErrorObject, ValidateFunction } from 'ajv';

const MOST_PROBLEMS = 10;
/** For one comparison with a pattern of the skill's. What is fast takes less than 1; a busy machine may hold anything up for some 100. */
const PATTERN_MS = 250;
const LONGEST_PATTERN = 500;
const MOST_SCHEMAS = 200;

/** Compares by ajv. Patterns come from outside, so each is given little time. */
export class AjvInputChecker extends InputChecker {
  private readonly compiled = new Map<string, ValidateFunction>();

  async problems(schema: JsonSchema, value: unknown): Promise<InputProblem[]> {
    const validate = await this.compile(schema);
    try {
      if (validate(value)) return [];
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      return [{ field: '', message: "can't be compared with the skill's schema in reasonable time" }];
    }
    return (validate.errors ?? []).slice(0, MOST_PROBLEMS).map(problemOf);
  }

  private async compile(schema: JsonSchema): Promise<ValidateFunction> {
    const key = JSON.stringify(schema);
    let validate = this.compiled.get(key);
    if (validate) return validate;
    // Loaded when the first skill is used.
    const [{ Ajv }, { Ajv2020 }] = await Promise.all([import('ajv'), import('ajv/dist/2020.js')]);
    try {
      const draft7 = typeof schema['$schema'] === 'string' && schema['$schema'].includes('draft-0');
      const { $schema: _schema, ...rest } = schema;
      const ajv = new (draft7 ? Ajv : Ajv2020)(OPTIONS);
      validate = ajv.compile(rest);
    } catch (error) {
      throw new SkillFailed("The input schema can't be used", { cause: error });
    }
    if (this.compiled.size >= MOST_SCHEMAS) this.compiled.clear();
    this.compiled.set(key, validate);
    return validate;
  }
}

const regExp = Object.assign(
  (pattern: string, flags: string) => {
    if (pattern.length > LONGEST_PATTERN) throw new Error('the pattern is too long');
    const made = new RegExp(pattern, flags);
    const context = createContext({ made, text: '' });
    return Object.assign(new RegExp(pattern, flags), {
      test: (text: string): boolean => {
        context['text'] = text;
        return runInContext('made.test(text)', context, { timeout: PATTERN_MS }) as boolean;
      },
    });
  },
  { code: 'new RegExp' },
);

const OPTIONS = {
  strict: false,
  allErrors: false,
  validateFormats: false,
  addUsedSchema: false,
  ownProperties: true,
  code: { regExp },
};

function problemOf({
  instancePath,
  keyword,
  params,
  message = 'is not what the skill takes',
}: ErrorObject): InputProblem {
  const path = instancePath.slice(1).replaceAll('/', '.');
  const { missingProperty, additionalProperty, allowedValues } = params as Record<string, unknown>;
  if (keyword === 'required') return { field: joined(path, missingProperty), message: 'is missing' };
  if (keyword === 'additionalProperties')
    return { field: joined(path, additionalProperty), message: 'is not known to the skill' };
  if (keyword === 'enum') return { field: path, message: `must be one of ${JSON.stringify(allowedValues)}` };
  return { field: path, message };
}

function joined(path: string, name: unknown): string {
  return path === '' ? String(name) : `${path}.${String(name)}`;
}
