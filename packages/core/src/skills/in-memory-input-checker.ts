import { InputChecker, type InputProblem } from './input-checker.js';
import type { JsonSchema } from './skill.js';

/** Knows of a schema only which members it requires. */
export class InMemoryInputChecker extends InputChecker {
  async problems(schema: JsonSchema, value: unknown): Promise<InputProblem[]> {
    const required = Array.isArray(schema['required']) ? schema['required'].map(String) : [];
    const there = typeof value === 'object' && value !== null ? value : {};
    return required.filter((name) => !Object.hasOwn(there, name)).map((field) => ({ field, message: 'is missing' }));
  }
}
