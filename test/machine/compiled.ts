import { join } from 'node:path';

/** As `NODE_COMPILE_CACHE` of our own programs, which the tests start some hundred times: a fifth of a start's work is done once. */
export const COMPILED = join(import.meta.dirname, '../../.cache/compiled');
