/** A command cannot do what it was asked to. The message is for the person at the terminal, and says what to do next. */
export class CommandFailed extends Error {
  override readonly name: string = 'CommandFailed';
  readonly exitCode: 1 | 2 = 1;
}

/** It was asked in a way that it does not understand. */
export class WrongUsage extends CommandFailed {
  override readonly name = 'WrongUsage';
  override readonly exitCode = 2;
}
