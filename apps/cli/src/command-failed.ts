/** A command cannot do what it was asked to. The message is for the person at the terminal, and says what to do next. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}
