import type { CallOptions } from './call-options.js';
import type { Transport } from './transport.js';
import type { SkillInfo, SkillList, SkillResult } from './wire.js';

const PATH = '/api/v1/skills';

/** What the agents can do beside talking: `client.skills`. Installing and removing need a token with scope `admin`. */
export class Skills {
  constructor(private readonly transport: Transport) {}

  list(options: CallOptions = {}): Promise<SkillList> {
    return this.transport.json({ ...options, method: 'GET', path: PATH });
  }

  /** Installs a skill from the gateway's registry, or puts another version in its place. */
  install(name: string, { version, ...options }: CallOptions & { version?: string } = {}): Promise<SkillInfo> {
    return this.transport.json({ ...options, method: 'POST', path: `${PATH}/install`, body: { name, version } });
  }

  remove(name: string, options: CallOptions = {}): Promise<{ name: string; removed: true }> {
    return this.transport.json({ ...options, method: 'DELETE', path: pathOf(name) });
  }

  /** Runs a skill; `args` by name, or as a list in the order of its input. Throws `ApiError` with status 422 and the skill's words when it fails. */
  async execute(
    name: string,
    args: unknown[] | Record<string, unknown> = {},
    { session, tool, ...options }: CallOptions & { session?: string; tool?: string } = {},
  ): Promise<SkillResult> {
    const { data } = await this.transport.json<{ data: SkillResult }>({
      ...options,
      method: 'POST',
      path: `${pathOf(name)}/execute`,
      body: { args, session, tool },
    });
    return data;
  }
}

function pathOf(name: string): string {
  return `${PATH}/${encodeURIComponent(name)}`;
}
