import type { JsonSchema } from './skill.js';

export interface InputProblem {
  /** Path of the member, empty for the whole. */
  field: string;
  message: string;
}

/** Compares a value with a JSON schema, which comes from outside and so may not be trusted with the time it takes. */
export abstract class InputChecker {
  /** Throws `SkillFailed` for a schema that can't be used. */
  abstract problems(schema: JsonSchema, value: unknown): Promise<InputProblem[]>;
}
