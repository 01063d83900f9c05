import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { packedSkill, skillMd } from '../../../../packages/adapters/skill-packages/test/tarball.js';
import { freshDatabase, type GatewayProcess, type ModelServer, startGateway, startModel } from '../harness/index.js';
import { type Registry, startRegistry } from '../skills/verdaccio.js';
import { curlCommands, runCurl } from './curl-command.js';
import { DATABASES } from './databases.js';
import { describeWith } from '../../../../test/machine/describe-with.js';
import { type Call, ELSEWHERE, EXPECTED } from './expected-answers.js';
import { ARTICLE_TOKEN } from './programs.js';
import { works } from '../../../../test/machine/python.js';
import { missingDocuments, pointTo, SeedDocument } from './seed-document.js';
import { GUIDE_TOKEN, startSeedGateway } from './seed-gateway.js';

const missingCurl = works('curl', '--version') ? undefined : 'there is no curl';

/** How often each document calls the gateway, so that a command that is no longer found is missed. */
const COUNTS = { '000': 7, '001': 20, '002': 7, '004': 9 };

function eventsOf(text: string): unknown[] {
  return text.split('\n').flatMap((line) => {
    const [, data] = /^data: (.*)$/.exec(line) ?? [];
    return data === undefined ? [] : [data === '[DONE]' ? data : (JSON.parse(data) as unknown)];
  });
}

describeWith([missingDocuments, missingCurl], 'the curl commands', () => {
  let registry: Registry;
  beforeAll(async () => {
    registry = await startRegistry();
    const files = {
      'SKILL.md': skillMd('weather', { 'gateway.entry': 'index.js' }),
      'index.js': 'export default () => 1;',
    };
    await registry.publish('weather', '1.2.0', packedSkill(files, { version: '1.2.0', more: { type: 'module' } }));
  });

  describe.each(DATABASES)('on %s', (_name, makeDatabase) => {
    let model: ModelServer;
    let gateway: GatewayProcess;

    beforeAll(async () => {
      model = await startModel();
      gateway = await startSeedGateway(await makeDatabase(), model, undefined, registry.url);
    });
    beforeEach(() => model.reset());

    describe.each(Object.entries(COUNTS))('in document %s', (number, count) => {
      const commands = curlCommands(new SeedDocument(number).lines);
      // The article's token has a name of its own in some commands.
      const token = number === '000' || number === '002' ? ARTICLE_TOKEN : GUIDE_TOKEN;
      const env = { TOKEN: token, OPENCLAW_TOKEN: token, GATEWAY_AUTH_TOKEN: token };

      it('are all found', () => expect(commands).toHaveLength(count));

      it.each(commands.filter(({ path }) => !ELSEWHERE.test(path)))('$method $path', async (command) => {
        const check = EXPECTED[`${command.method} ${command.path}`];
        if (!check) throw new Error(`Nobody says what this should give: ${command.text}`);
        const answer = await runCurl(`${command.alias}\n${pointTo(gateway.url, command.text)}\n`, env);
        const json = () => JSON.parse(answer.text) as unknown;
        const call: Call = { ...command, ...answer, json, events: () => eventsOf(answer.text), model };
        check(call);
      });
    });
  });

  it('GET /api/v1/config/gateway, where authentication is off', async () => {
    const open = await startGateway({
      database: await freshDatabase(),
      config: { gateway: { auth: { mode: 'none' } } },
    });
    const [command] = new SeedDocument('004').excerpt('curl http://localhost:18789/api/v1/config/gateway');
    const { status, text } = await runCurl(pointTo(open.url, command ?? ''), {});
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ success: true, data: { mode: 'local', bind: 'loopback' } });
  });
});
