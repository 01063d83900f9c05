import { fail, ok, type Finding } from './finding.js';

const LEAST_MAJOR = 24;

export function checkNode(version = process.versions.node): Finding {
  if (Number.parseInt(version, 10) >= LEAST_MAJOR) return ok('node', `Node ${version}`);
  return fail('node', `Node ${version} is older than ${LEAST_MAJOR}`, `Install Node ${LEAST_MAJOR} or newer.`);
}
