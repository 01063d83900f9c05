import {
  channelInfoSchema,
  channelListSchema,
  dtoSchema,
  type Operation,
  pairingInfoSchema,
  pairingListSchema,
  PairingRequest,
  pairingRemovedSchema,
} from '@openclaw/contracts';

const telegram = {
  type: 'telegram',
  status: 'connected',
  connected_since: '2026-03-20T08:00:00.000Z',
  messages_today: 42,
};
const slack = { type: 'slack', status: 'disconnected', messages_today: 0, last_error: 'Token expired' };
const type = { type: 'The name of the channel: `telegram`.' };
const asked = {
  channel: 'telegram',
  user_id: '123456',
  user_name: 'Ada',
  created_at: '2026-03-20T08:00:00.000Z',
};
const approved = { ...asked, approved_at: '2026-03-20T08:01:00.000Z' };

export const channelListDocs: Operation = {
  id: 'listChannels',
  tag: 'Channels',
  summary: 'The channels that are configured',
  description: 'As the replica that holds the connection last reported it, at most 5 seconds ago.',
  answers: {
    200: {
      description: 'Each with its state.',
      json: { schema: channelListSchema, examples: { two: { channels: [telegram, slack] } } },
    },
  },
};

export const channelStatusDocs: Operation = {
  id: 'channelStatus',
  tag: 'Channels',
  summary: 'The state of one channel',
  path: type,
  answers: { 200: { description: 'Its state.', json: { schema: channelInfoSchema, examples: { telegram, slack } } } },
  errors: [404],
};

export const pairingListDocs: Operation = {
  id: 'listPairings',
  tag: 'Channels',
  summary: 'Who may write on a channel with `access: pairing`, and who has asked',
  path: type,
  answers: {
    200: {
      description: 'Newest first.',
      json: { schema: pairingListSchema, examples: { one: { pairings: [approved] } } },
    },
  },
  errors: [404],
};

export const pairingApproveDocs: Operation = {
  id: 'approvePairing',
  tag: 'Channels',
  summary: 'Let somebody in by the code they were told',
  path: type,
  body: { schema: dtoSchema(PairingRequest), examples: { code: { code: '7K2M9QXW' } } },
  answers: {
    200: { description: 'Who was let in.', json: { schema: pairingInfoSchema, examples: { approved } } },
  },
  errors: [404],
};

export const pairingRemoveDocs: Operation = {
  id: 'removePairing',
  tag: 'Channels',
  summary: 'Let somebody in no longer',
  path: { ...type, id: 'The person, as the platform names them.' },
  answers: {
    200: {
      description: 'They are a stranger again.',
      json: { schema: pairingRemovedSchema, examples: { removed: { user_id: '123456', deleted: true } } },
    },
  },
  errors: [404],
};
