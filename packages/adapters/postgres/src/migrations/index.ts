import { conversationsAndTurns } from './0001-conversations-and-turns.js';
import { tokensAndSettings } from './0002-tokens-and-settings.js';
import { conversationDeletions } from './0003-conversation-deletions.js';
import { idempotencyKeys } from './0004-idempotency-keys.js';
import { followedTurns } from './0005-followed-turns.js';
import { events } from './0006-events.js';
import { limits } from './0007-limits.js';
import { usage } from './0008-usage.js';
import { cheaperEvents } from './0009-cheaper-events.js';
import { channelEvents } from './0014-channel-events.js';
import { webhooks } from './0015-webhooks.js';
import { sends } from './0018-sends.js';
import { channels } from './0019-channels.js';
import { memory } from './0023-memory.js';
import { skills } from './0030-skills.js';
import { memoryVectors } from './0031-memory-vectors.js';
import { channelUsers } from './0033-channel-users.js';
import { learnedMemory } from './0034-learned-memory.js';
import { memoryReconciliation } from './0035-memory-reconciliation.js';
import { memorySearch } from './0036-memory-search.js';
import { cheaperMemory } from './0037-cheaper-memory.js';
import { turnsInBatches } from './0039-turns-in-batches.js';
import { channelsAndRedelivery } from './0042-channels-and-redelivery.js';
import { skillEvents } from './0044-skill-events.js';
import { memoryCandidates } from './0045-memory-candidates.js';
import { cheaperCandidates } from './0047-cheaper-candidates.js';
import { sqlMigration } from './sql-migration.js';

/** In order; never edited once released. */
export const migrations = [
  sqlMigration(1_763_600_000_001, 'ConversationsAndTurns', conversationsAndTurns),
  sqlMigration(1_763_600_000_002, 'TokensAndSettings', tokensAndSettings),
  sqlMigration(1_763_600_000_003, 'ConversationDeletions', conversationDeletions),
  sqlMigration(1_763_600_000_004, 'IdempotencyKeys', idempotencyKeys),
  sqlMigration(1_763_600_000_005, 'FollowedTurns', followedTurns),
  sqlMigration(1_763_600_000_006, 'Events', events),
  sqlMigration(1_763_600_000_007, 'Limits', limits),
  sqlMigration(1_763_600_000_008, 'Usage', usage),
  sqlMigration(1_763_600_000_009, 'CheaperEvents', cheaperEvents),
  sqlMigration(1_763_600_000_014, 'ChannelEvents', channelEvents),
  sqlMigration(1_763_600_000_015, 'Webhooks', webhooks),
  sqlMigration(1_763_600_000_018, 'Sends', sends),
  sqlMigration(1_763_600_000_019, 'Channels', channels),
  sqlMigration(1_763_600_000_023, 'Memory', memory),
  sqlMigration(1_763_600_000_030, 'Skills', skills),
  sqlMigration(1_763_600_000_031, 'MemoryVectors', memoryVectors),
  sqlMigration(1_763_600_000_033, 'ChannelUsers', channelUsers),
  sqlMigration(1_763_600_000_034, 'LearnedMemory', learnedMemory),
  sqlMigration(1_763_600_000_035, 'MemoryReconciliation', memoryReconciliation),
  sqlMigration(1_763_600_000_036, 'MemorySearch', memorySearch),
  sqlMigration(1_763_600_000_037, 'CheaperMemory', cheaperMemory),
  sqlMigration(1_763_600_000_039, 'TurnsInBatches', turnsInBatches),
  sqlMigration(1_763_600_000_042, 'ChannelsAndRedelivery', channelsAndRedelivery),
  sqlMigration(1_763_600_000_044, 'SkillEvents', skillEvents),
  sqlMigration(1_763_600_000_045, 'MemoryCandidates', memoryCandidates),
  sqlMigration(1_763_600_000_047, 'CheaperCandidates', cheaperCandidates),
];
