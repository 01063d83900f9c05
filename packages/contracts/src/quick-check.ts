import { getMetadataStorage } from './class-validator.js';

type Check = (value: unknown, dto: object) => boolean;

interface MemberChecks {
  member: string;
  /** Without a value it is not looked at. */
  optional: boolean;
  rules: Check[];
}

/**
 * Whether an object keeps every rule of its class, and nothing more than that: the same validators as `validateSync` asks, which spends most
 * of its time on looking them up and on errors that are then thrown away. `given` names the members that have a value; others that are
 * optional are passed over. Undefined for a class with rules of another kind than are understood here.
 */
export function quickCheck(Dto: new () => object): ((dto: object, given: readonly string[]) => boolean) | undefined {
  const storage = getMetadataStorage();
  const needed: MemberChecks[] = [];
  const optional = new Map<string, MemberChecks>();
  const metadata = storage.getTargetValidationMetadatas(Dto, '', false, false);
  for (const [member, ofMember] of Map.groupBy(metadata, (rule) => rule.propertyName)) {
    const checks: MemberChecks = { member, optional: false, rules: [] };
    for (const { type, name, constraints = [], constraintCls, each, validateIf } of ofMember) {
      if (name === 'isOptional') {
        checks.optional = true;
        continue;
      }
      if (type !== 'customValidation' || each || validateIf) return undefined;
      for (const { instance, async } of storage.getTargetValidatorConstraints(constraintCls)) {
        if (async) return undefined;
        // One for all calls: validators answer at once, and keep nothing.
        const about = { targetName: Dto.name, property: member, constraints, object: {}, value: undefined as unknown };
        checks.rules.push((value, object) => {
          about.object = object;
          about.value = value;
          return instance.validate(value, about) === true;
        });
      }
    }
    if (checks.optional) optional.set(member, checks);
    else needed.push(checks);
  }
  return (dto, given) => {
    for (const checks of needed) if (!keeps(checks, dto)) return false;
    for (const member of given) {
      const checks = optional.get(member);
      if (checks && !keeps(checks, dto)) return false;
    }
    return true;
  };
}

/** Every request comes through here: no closures. */
function keeps({ member, optional, rules }: MemberChecks, dto: object): boolean {
  const value = (dto as Record<string, unknown>)[member];
  if (optional && (value === undefined || value === null)) return true;
  for (const holds of rules) if (!holds(value, dto)) return false;
  return true;
}
