export { type SandboxSettings, SandboxSkillRuntime } from './sandbox-skill-runtime.js';
