#!/usr/bin/env node
// The package's bin: `openclaw …` from any folder, also through the link that `npm link` makes. Prepares the clone where needed,
// else says nothing of its own.
process.argv.splice(2, 0, 'openclaw');
// Called by its name, the program stands where the person stands; this variable is of an npm run further up, if any.
delete process.env.INIT_CWD;
await import('./run.mjs');
