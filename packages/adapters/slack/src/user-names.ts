import type { SlackApi } from './slack-api.js';
import { recordOf } from './message-event.js';

const MOST = 5_000;
const KEEP_MS = 3_600_000;
/** A name is worth so much of the three seconds that Slack gives us, and no more. */
const PATIENCE_MS = 1_000;

/** What people are called. Asks Slack once an hour for each of the last few thousand who wrote. */
export class UserNames {
  private readonly known = new Map<string, { name: Promise<string>; until: number }>();

  constructor(private readonly api: SlackApi) {}

  /** Never rejects: whose name can't be had is called by the id. */
  of(userId: string): Promise<string> {
    const found = this.known.get(userId);
    this.known.delete(userId);
    const entry = found && found.until > Date.now() ? found : { name: this.ask(userId), until: Date.now() + KEEP_MS };
    // The last one in a map is the one that was used last.
    this.known.set(userId, entry);
    if (this.known.size > MOST) this.known.delete(this.known.keys().next().value as string);
    return entry.name;
  }

  private async ask(userId: string): Promise<string> {
    try {
      const answer = await this.api.call<{ user?: unknown }>(
        'users.info',
        { user: userId },
        AbortSignal.timeout(PATIENCE_MS),
      );
      const user = recordOf(answer.user);
      const { display_name: displayName, real_name: realName } = recordOf(user.profile);
      const name = [displayName, realName, user.real_name, user.name].find(
        (text) => typeof text === 'string' && text !== '',
      );
      return typeof name === 'string' ? name.slice(0, 200) : userId;
    } catch {
      // For want of a scope, of a user (of another workspace), or of time: the next message asks again.
      this.known.delete(userId);
      return userId;
    }
  }
}
