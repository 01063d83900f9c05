import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ChannelRejected, ChannelUnavailable } from '@openclaw/core';
import { RecordingHost } from '@openclaw/core/testing';
import { type SlackFixture, startSlackFixture } from './slack-fixture.js';

// A rejection that nobody handles would end the gateway; here it fails the test.
describe('Slack over Socket Mode', () => {
  let fixture: SlackFixture;
  let host: RecordingHost;

  beforeEach(async () => {
    fixture = await startSlackFixture('socket');
    host = new RecordingHost();
  });
  afterEach(async () => {
    await host.leave().catch(() => undefined);
    await fixture.stop();
  });

  const connect = () => host.connect(fixture.channel);
  /** What it says on, each message once: Slack, too, tells again what is not acknowledged soon. */
  const heard = () => [...new Map(host.messages.map(({ updateId, text }) => [updateId, text])).values()];
  const connected = async (times = 1) => {
    connect();
    await host.untilStatus('connected', times);
  };

  it('acknowledges an event when it is stored, and not before', async () => {
    let refusals = 2;
    const accept = host.accept;
    host.accept = async (message) => {
      if (refusals-- > 0) throw new ChannelUnavailable('the database is away');
      return accept(message);
    };
    await connected();
    await fixture.slack.write({ text: 'hold on' });
    expect(heard()).toEqual(['hold on']);
    expect(refusals).toBe(-1);
  });

  it('lets an event come again that was not stored when the connection was lost', async () => {
    await connected();
    const accept = host.accept;
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const begun = new Promise<void>((resolve) => {
      host.accept = async (message) => {
        resolve();
        await held;
        return accept(message);
      };
    });
    const told = fixture.slack.write({ text: 'once' });
    await begun;
    fixture.slack.socketMode.drop();
    await host.untilStatus('disconnected');
    release();
    await told;
    expect(new Set(host.messages.map(({ updateId }) => updateId)).size).toBe(1);
  });

  it('goes over to another connection before Slack ends one, and is never away', async () => {
    await connected();
    const [first] = fixture.slack.socketMode.connections;
    const gone = new Promise((resolve) => first?.on('close', resolve));
    fixture.slack.socketMode.announceEnd();
    await gone;
    expect(fixture.slack.socketMode.connections).toHaveLength(1);
    expect(fixture.slack.socketMode.opened).toBe(2);
    await fixture.slack.write({ text: 'still here' });
    expect(heard()).toEqual(['still here']);
    expect(host.states.map(({ status }) => status)).toEqual(['connecting', 'connected']);
  });

  it('tells when a connection that was to end has ended before there was another', async () => {
    await connected();
    fixture.slack.socketMode.welcome = 'refuse';
    fixture.slack.socketMode.announceEnd('warning');
    await fixture.slack.called('apps.connections.open', 2);
    fixture.slack.socketMode.drop();
    await host.untilStatus('disconnected');
    fixture.slack.socketMode.welcome = 'hello';
    await host.untilStatus('connected', 2);
  });

  it.each(['botToken', 'appToken'] as const)('says which token is refused: %s', async (key) => {
    fixture.slack.workspace.refused.set(fixture.slack.workspace[key], 'invalid_auth');
    connect();
    await expect(host.ended).rejects.toThrow(ChannelRejected);
    await expect(host.ended).rejects.toThrow(new RegExp(`^channels\\.slack\\.${key}: Slack refuses: invalid_auth`));
    await expect(host.ended).rejects.not.toThrow(fixture.slack.workspace[key]);
  });

  it('ends with a reason, and ends nothing else, when the token is revoked meanwhile', async () => {
    await connected();
    fixture.slack.revoke(fixture.slack.workspace.appToken, 'token_revoked');
    await expect(host.ended).rejects.toThrow(/^channels\.slack\.appToken: Slack refuses: token_revoked/);
    expect(host.states.at(-1)?.status).toBe('disconnected');
    expect(fixture.slack.socketMode.connections).toEqual([]);
  });

  it.each([
    ['a limit', { status: 429, headers: { 'retry-after': '1' } }],
    ['a broken server', { status: 500 }],
    ['a page', { status: 200, body: '<html>' }],
    ['a reset', 'reset'],
    ['a refusal that may pass', { status: 200, body: '{"ok":false,"error":"forbidden_team"}' }],
  ] as const)('tries again after %s', async (_, fault) => {
    fixture.slack.fail('apps.connections.open', fault);
    connect();
    await host.untilStatus('disconnected');
    await host.untilStatus('connected');
    expect(host.states.find(({ status }) => status === 'disconnected')?.error).toMatch(/Slack/);
    // One call an attempt: the SDK's client inside the receiver has the same settings as ours.
    expect(fixture.slack.calls.filter(({ method }) => method === 'apps.connections.open')).toHaveLength(2);
  });

  it('does not wait for ever to be let in', async () => {
    // Side by side: two of them take as long as it has patience.
    const waits = (['hang', 'silence', 'refuse'] as const).map(async (welcome) => {
      const { slack, channel, stop } = await startSlackFixture('socket');
      const waiting = new RecordingHost();
      slack.socketMode.welcome = welcome;
      waiting.connect(channel);
      await waiting.untilStatus('disconnected');
      slack.socketMode.welcome = 'hello';
      await waiting.untilStatus('connected');
      await waiting.leave();
      await stop();
    });
    await Promise.all(waits);
  });

  it('notices that nobody is there any more at the other end', async () => {
    await connected();
    // Neither answers pings nor closes: as if a cable had been cut.
    for (const connection of fixture.slack.socketMode.connections) connection.pause();
    await host.untilStatus('disconnected');
    await host.untilStatus('connected', 2);
  }, 30_000);

  it.each(['hang', 'silence'] as const)(
    'leaves at once while it is being let in: %s',
    async (welcome) => {
      fixture.slack.socketMode.welcome = welcome;
      connect();
      await fixture.slack.called('apps.connections.open');
      await host.leave();
    },
    8_000,
  );

  it('leaves at once while Slack is asked for an address', async () => {
    fixture.slack.fail('apps.connections.open', 'hang');
    connect();
    await fixture.slack.called('apps.connections.open');
    await host.leave();
  }, 8_000);

  it('leaves at once while it waits for the next attempt', async () => {
    fixture.slack.fail('apps.connections.open', { status: 429, headers: { 'retry-after': '120' } });
    connect();
    await host.untilStatus('disconnected');
    await host.leave();
  }, 8_000);

  it('leaves at once though the other end does not say goodbye', async () => {
    await connected();
    for (const connection of fixture.slack.socketMode.connections) connection.pause();
    await host.leave();
    expect(host.states.at(-1)?.status).toBe('connected');
  }, 8_000);

  it('survives what it does not understand', async () => {
    await connected();
    const { socketMode, workspace } = fixture.slack;
    for (const text of [
      'null',
      '[]',
      '7',
      'no json',
      '{"type":"disconnect"',
      '{}',
      '{"type":"events_api"}',
      '"disconnect"',
    ])
      socketMode.say(text);
    socketMode.say(
      '{"type":"events_api","envelope_id":"x","payload":{"type":"app_rate_limited","minute_rate_limited":1}}',
    );
    socketMode.say(Buffer.from('binary'));
    socketMode.say('{"type":"slash_commands","envelope_id":"y","payload":{"command":"/x"}}');
    socketMode.say('{"type":"interactive","envelope_id":"z","payload":{"type":"block_actions"}}');
    await fixture.slack.tell({ type: 'event_callback', event: { type: 'message' } });
    await fixture.slack.tell(workspace.payload({ type: 'reaction_added', user: 'U0000ADA' }));
    await fixture.slack.write({ text: 'and now?' });
    expect(heard()).toEqual(['and now?']);
  });

  it('keeps the order in which one chat is written to, while names are looked up', async () => {
    fixture.slack.workspace.addUser({ id: 'U0000SLOW', name: 'slow' });
    fixture.slack.fail('users.info', 'hang');
    await connected();
    const told = ['U0000SLOW', 'U0000ADA', 'U0000ADA'].map((user, no) =>
      fixture.slack.write({ user, text: `no ${no}`, channel: 'C0000GENERAL' }),
    );
    await Promise.all(told);
    expect([...new Set(host.messages.map(({ text }) => text))]).toEqual(['no 0', 'no 1', 'no 2']);
    expect(host.messages[0]?.from).toEqual({ id: 'U0000SLOW', name: 'U0000SLOW' });
  });

  it('writes no secret into the log', async () => {
    fixture.slack.fail('apps.connections.open', { status: 500 }, 'reset');
    fixture.slack.fail('chat.postMessage', { status: 500 });
    await connected();
    await fixture.channel.send('C0000GENERAL', 'x', AbortSignal.timeout(5_000)).catch(() => undefined);
    fixture.slack.socketMode.drop();
    await host.untilStatus('connected', 2);
    const log = JSON.stringify(fixture.logger.entries, (_, value: unknown) =>
      value instanceof Error ? `${value.message} ${String(value.cause)}` : value,
    );
    expect(log).not.toMatch(/xox|xapp|ticket=|verification-token/);
  });
});
