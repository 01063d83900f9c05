import { getMetadataStorage } from './class-validator.js';

type Check = (value: unknown, dto: object) => boolean;

/**
 * Whether an object keeps every rule of its class, and nothing more than that: the same validators as `validateSync` asks, which spends most
 * of its time on looking them up and on errors that are then thrown away. `given` names the members that may have a value; others that are
 * optional are passed over. Undefined for a class with rules of another kind than are understood here.
 */
export function quickCheck(Dto: new () => object): ((dto: object, given: readonly string[]) => boolean) | undefined {
  const storage = getMetadataStorage();
  const needed: [member: string, rules: Check[]][] = [];
  const optional = new Map<string, Check[]>();
  const metadata = storage.getTargetValidationMetadatas(Dto, '', false, false);
  for (const [member, ofMember] of Map.groupBy(metadata, (rule) => rule.propertyName)) {
    const rules: Check[] = [];
    let isOptional = false;
    for (const { type, name, constraints = [], constraintCls, each, validateIf } of ofMember) {
      if (name === 'isOptional') {
        isOptional = true;
        continue;
      }
      if (type !== 'customValidation' || each || validateIf) return undefined;
      for (const { instance, async } of storage.getTargetValidatorConstraints(constraintCls)) {
        if (async) return undefined;
        // One for all calls: validators answer at once, and keep nothing.
        const about = { targetName: Dto.name, property: member, constraints, object: {}, value: undefined as unknown };
        rules.push((value, object) => {
          about.object = object;
          about.value = value;
          return instance.validate(value, about) === true;
        });
      }
    }
    if (isOptional) optional.set(member, rules);
    else needed.push([member, rules]);
  }
  return (dto, given) => {
    for (const [member, rules] of needed) if (!keeps(dto, valueOf(dto, member), rules)) return false;
    for (const member of given) {
      const rules = optional.get(member);
      const value = valueOf(dto, member);
      if (rules && value !== undefined && value !== null && !keeps(dto, value, rules)) return false;
    }
    return true;
  };
}

/** Every request comes through here: no closures. */
function keeps(dto: object, value: unknown, rules: Check[]): boolean {
  for (const holds of rules) if (!holds(value, dto)) return false;
  return true;
}

function valueOf(dto: object, member: string): unknown {
  return (dto as Record<string, unknown>)[member];
}
