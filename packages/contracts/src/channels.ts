import {
  enumSchema,
  listSchema,
  objectSchema,
  optional,
  textSchema,
  timeSchema,
  wholeSchema,
  constSchema,
} from './openapi/schema.js';
import { Name } from './rules.js';

/** One of GET /api/v1/channels */
export interface ChannelInfo {
  type: string;
  status: 'connected' | 'connecting' | 'disconnected';
  connected_since?: string;
  /** Received and sent since midnight, UTC. */
  messages_today: number;
  last_error?: string;
}

export interface ChannelList {
  channels: ChannelInfo[];
}

/** POST /api/v1/channels/:type/pairings */
export class PairingRequest {
  static readonly about = { code: { description: 'What the person was told.' } };

  @Name(64)
  code!: string;
}

/** Somebody who has asked to write to the agent, or may. */
export interface PairingInfo {
  channel: string;
  user_id: string;
  user_name: string;
  created_at: string;
  approved_at?: string;
  /** Of a request. */
  expires_at?: string;
}

export interface PairingList {
  pairings: PairingInfo[];
}

export interface PairingRemoved {
  user_id: string;
  deleted: true;
}

export const channelInfoSchema = objectSchema<ChannelInfo>(
  {
    type: textSchema(),
    status: enumSchema('connected', 'connecting', 'disconnected'),
    connected_since: optional(timeSchema()),
    messages_today: wholeSchema({ description: 'Received and sent since midnight, UTC.' }),
    last_error: optional(textSchema()),
  },
  { title: 'ChannelInfo' },
);

export const channelListSchema = objectSchema<ChannelList>(
  { channels: listSchema(channelInfoSchema) },
  { title: 'ChannelList' },
);

export const pairingInfoSchema = objectSchema<PairingInfo>(
  {
    channel: textSchema(),
    user_id: textSchema({ description: 'As the platform names them.' }),
    user_name: textSchema(),
    created_at: timeSchema(),
    approved_at: optional(timeSchema()),
    expires_at: optional(timeSchema({ description: 'Of a request that waits for approval.' })),
  },
  { title: 'PairingInfo' },
);

export const pairingListSchema = objectSchema<PairingList>(
  { pairings: listSchema(pairingInfoSchema) },
  { title: 'PairingList' },
);

export const pairingRemovedSchema = objectSchema<PairingRemoved>(
  { user_id: textSchema(), deleted: constSchema(true) },
  { title: 'PairingRemoved' },
);
