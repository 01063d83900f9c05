export { EngineTests } from './engine-tests.js';
export { type SandboxSettings, SandboxSkillRuntime } from './sandbox-skill-runtime.js';
