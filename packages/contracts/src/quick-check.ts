import { getMetadataStorage } from './class-validator.js';

type Check = (value: unknown, dto: object) => boolean;

interface MemberChecks {
  member: string;
  /** All of them have to agree, else the member is not looked at. */
  conditions: Check[];
  rules: Check[];
}

/**
 * Whether an object keeps every rule of its class, and nothing more than that: the same validators as `validateSync` asks, which spends most
 * of its time on looking them up and on errors that are then thrown away. Undefined for a class with rules of another kind than are
 * understood here.
 */
export function quickCheck(Dto: new () => object): ((dto: object) => boolean) | undefined {
  const storage = getMetadataStorage();
  const members: MemberChecks[] = [];
  const metadata = storage.getTargetValidationMetadatas(Dto, '', false, false);
  for (const [member, ofMember] of Map.groupBy(metadata, (rule) => rule.propertyName)) {
    const checks: MemberChecks = { member, conditions: [], rules: [] };
    for (const { type, constraints = [], constraintCls, each, validateIf } of ofMember) {
      if (type === 'conditionalValidation') {
        const condition = constraints[0] as (dto: object, value: unknown) => boolean;
        checks.conditions.push((value, dto) => condition(dto, value));
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
    members.push(checks);
  }
  return (dto) => {
    for (const checks of members) if (!keeps(checks, dto)) return false;
    return true;
  };
}

/** Every request comes through here: no closures. */
function keeps({ member, conditions, rules }: MemberChecks, dto: object): boolean {
  const value = (dto as Record<string, unknown>)[member];
  for (const holds of conditions) if (!holds(value, dto)) return true;
  for (const holds of rules) if (!holds(value, dto)) return false;
  return true;
}
