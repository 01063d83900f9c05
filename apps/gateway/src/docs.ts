import { fileURLToPath } from 'node:url';
import { checkDocuments, generatedDocuments, writeDocuments } from './config/reference/generated-documents.js';

/** `docs.js` writes the generated documents; `docs.js --check` fails when one of them is out of date. */
async function main(check: boolean): Promise<number> {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  if (!check) {
    for (const file of await writeDocuments(root, generatedDocuments)) process.stdout.write(`wrote ${file}\n`);
  }
  const problems = await checkDocuments(root, generatedDocuments);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  return problems.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.includes('--check'));
