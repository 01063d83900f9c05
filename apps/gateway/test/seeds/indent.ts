/**
 * How deep each line of a printed program stands. Some documents were printed without their indentation, which means something in
 * Python and YAML and can't be worked out again: where a block ends is not in the words. One digit per line, blanks for the eye;
 * lines within a string or a bracket stand anywhere.
 */
export const LEVELS = {
  client: [
    '000',
    '1 222222', // __init__
    '1 2222222 23 23 22222222', // chat
    '1 222222222222 2 3 44 5', // chat_stream
    '1 222222222222', // send
    '1 222', // health
    '0000000 1 00', // the example of its use
  ].join(''),
  crm: '0000 1 1111 0000000 11 1 000000',
  helpdesk: '00 1 111111111111111',
  retry: '00 1 2 3 2 3 444 3 4 1',
  verify: '000 1222 11',
  // Document B's library; blank lines are lines too.
  library: '00 0110 0000 0001',
  authYaml: '0 1 22',
};

/** The program with its indentation put back. Nothing but the blanks before a line changes. */
export function indent(lines: string[], levels: string): string {
  const depths = [...levels.replaceAll(' ', '')].map(Number);
  if (depths.length !== lines.length) {
    throw new Error(`The program has ${lines.length} lines, its table ${depths.length}:\n${lines.join('\n')}`);
  }
  return `${lines.map((line, index) => '    '.repeat(depths[index] ?? 0) + line).join('\n')}\n`;
}
