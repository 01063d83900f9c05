import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];

/** Writes what people read: results to standard output, everything else to standard error. Colours only where the stream shows them. */
export class Terminal {
  constructor(
    private readonly out: NodeJS.WriteStream,
    private readonly err: NodeJS.WriteStream,
  ) {}

  /** A result, as it is. */
  write(text: string): void {
    this.out.write(text);
  }

  print(line = ''): void {
    this.out.write(`${line}\n`);
  }

  /** A result for machines: one JSON value on a line of its own. */
  json(value: unknown): void {
    this.print(JSON.stringify(value));
  }

  /** Something to know beside the result. */
  note(line: string): void {
    this.err.write(`${line}\n`);
  }

  error(message: string): void {
    this.note(`${styleText(['bold', 'red'], 'error:', { stream: this.err })} ${message}`);
  }

  paint(style: Style, text: string): string {
    return styleText(style, text, { stream: this.out });
  }

  /** How far something long has come, on a screen only; `whole` is what `part` will be in the end. */
  progress(what: string, whole?: number): { at(count: number, part?: number): void; end(): void } {
    const { isTTY } = this.err;
    return {
      at: (count, part = 0) => {
        if (!isTTY) return;
        const share = whole ? Math.min(1, part / whole) : undefined;
        const bar =
          share === undefined
            ? ''
            : `[${'#'.repeat(Math.round(share * 30)).padEnd(30, '.')}] ${Math.round(share * 100)} % `;
        this.err.write(`\r\u001b[K${bar}${count} ${what}`);
      },
      end: () => void (isTTY && this.err.write('\r\u001b[K')),
    };
  }

  /** Text from elsewhere: on a screen without what could steer it, into a pipe as it is. */
  foreign(text: string): string {
    // eslint-disable-next-line no-control-regex -- control characters are the very thing looked for
    return this.out.isTTY ? text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '') : text;
  }

  /** Names and values, the values below each other. */
  facts(facts: readonly (readonly [name: string, value: string])[]): void {
    const width = Math.max(...facts.map(([name]) => name.length));
    for (const [name, value] of facts) this.print(`  ${this.paint('dim', name.padEnd(width))}  ${value}`);
  }

  /** Rows below a heading; `styles` gives the style of a cell. */
  table(
    heading: readonly string[],
    rows: readonly (readonly string[])[],
    style?: (row: number, column: number) => Style | undefined,
  ): void {
    const widths = heading.map((title, column) => Math.max(title.length, ...rows.map((row) => lengthOf(row[column]))));
    const line = (cells: readonly string[], paint: (cell: string, column: number) => string) =>
      cells
        .map(
          (cell, column) =>
            paint(cell, column) + ' '.repeat(column === cells.length - 1 ? 0 : (widths[column] ?? 0) - lengthOf(cell)),
        )
        .join('  ');
    this.print(line(heading, (cell) => this.paint('bold', cell)));
    for (const [index, row] of rows.entries()) {
      this.print(line(row, (cell, column) => this.paint(style?.(index, column) ?? 'reset', cell)));
    }
  }
}

function lengthOf(cell = ''): number {
  return Array.from(cell).length;
}
