import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { freshDatabase, type GatewayProcess, startGateway } from '../harness/index.js';
import { ROOT } from '../seeds/seed-document.js';

const read = (file: string) => readFileSync(join(ROOT, 'docs/operations', file), 'utf8');
const dashboard = JSON.parse(read('grafana/openclaw-gateway.json')) as {
  panels: { id: number; title: string; targets: { expr: string }[] }[];
};

let gateway: GatewayProcess;
let names: Set<string>;
let text: string;

beforeAll(async () => {
  gateway = await startGateway({ database: await freshDatabase() });
  await gateway.fetch('/api/v1/chat', { json: { message: 'hello there' } });
  await (await gateway.fetch('/api/v1/chat/stream', { json: { message: 'hello again' } })).text();
  text = await (await gateway.fetch('/metrics', { token: null })).text();
  names = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name));
});

const value = (line: string) => Number(new RegExp(`^${line.replace(/[{}"/]/g, '\\$&')} (.+)$`, 'm').exec(text)?.[1]);

describe('a gateway at work', () => {
  it('tells calls, turns, models and tokens', () => {
    const call = 'openclaw_http_request_duration_seconds_count{method="POST",route=';
    expect(value(`${call}"/api/v1/chat",status="2xx"}`)).toBe(1);
    expect(value(`${call}"/api/v1/chat/stream",status="2xx"}`)).toBe(1);
    expect(value('openclaw_turn_duration_seconds_count')).toBe(2);
    const model = '{provider="primary",model="echo"';
    expect(value(`openclaw_model_first_token_seconds_count${model}}`)).toBe(2);
    expect(value(`openclaw_model_call_duration_seconds_count${model},outcome="answered"}`)).toBe(2);
    expect(value(`openclaw_model_tokens_total${model},direction="input"}`)).toBeGreaterThan(0);
    expect(value(`openclaw_model_tokens_total${model},direction="output"}`)).toBeGreaterThan(0);
  });

  it('tells what is open, waits and is in use', () => {
    for (const name of ['openclaw_streams_active', 'openclaw_sockets_active', 'openclaw_turns_active'])
      expect({ name, value: value(name) }).toEqual({ name, value: 0 });
    for (const state of ['waiting', 'running']) expect(value(`openclaw_turns_unfinished{state="${state}"}`)).toBe(0);
    expect(value('openclaw_jobs_waiting{queue="turns"}')).toBe(0);
    expect(value('openclaw_database_connections{state="idle"}')).toBeGreaterThan(0);
    expect(value('openclaw_database_connections{state="waiting"}')).toBe(0);
    expect(value('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThanOrEqual(0);
  });
});

describe('the dashboard', () => {
  it('names only metrics that there are', () => {
    const queried = dashboard.panels.flatMap(({ targets }) =>
      targets.flatMap(({ expr }) =>
        [...expr.matchAll(/\b(?:openclaw|nodejs|process)_[a-z0-9_]+/g)].map(([name]) => name),
      ),
    );
    expect(queried.length).toBeGreaterThan(15);
    const unknown = queried.filter(
      (name) => !names.has(name) && !names.has(name.replace(/_(?:bucket|count|sum)$/, '')),
    );
    expect(unknown).toEqual([]);
  });

  it('shows every metric of ours', () => {
    const queries = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join('\n');
    const ours = [...names].filter((name) => name.startsWith('openclaw_') && name !== 'openclaw_build_info');
    expect(ours.filter((name) => !queries.includes(name))).toEqual([]);
  });

  it('has panels that do not lie over one another', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  });
});

describe('the page about metrics', () => {
  it('has every metric of ours, and no other', () => {
    const told = new Set([...read('metrics.md').matchAll(/`(openclaw_[a-z_]+)`/g)].map(([, name = '']) => name));
    expect([...told].sort()).toEqual([...names].filter((name) => name.startsWith('openclaw_')).sort());
  });
});
