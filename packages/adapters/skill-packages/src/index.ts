export { AjvInputChecker } from './ajv-input-checker.js';
export { FileSkillShelf } from './file-skill-shelf.js';
export { type SkillFolder } from './local-skills.js';
export { NpmSkillRegistry, type RegistrySettings } from './npm-skill-registry.js';
export { PACKAGE_LIMITS, type PackageLimits } from './limits.js';
