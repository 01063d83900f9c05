import { knownVariables } from '../environment.js';

/** What is wrong with the text of `.env.example`: a known variable that is missing, a variable that nobody reads. */
export function checkEnvironmentExample(text: string): string[] {
  const shown = new Set([...text.matchAll(/^#?\s?([A-Z][A-Z0-9_]*)=/gm)].map(([, name = '']) => name));
  const known = new Set(knownVariables.map(({ name }) => name));
  return [
    ...[...known].filter((name) => !shown.has(name)).map((name) => `${name} is missing`),
    ...[...shown].filter((name) => !known.has(name)).map((name) => `${name} is not a variable that the gateway reads`),
  ];
}
