import { sqlMigration } from './sql-migration.js';
import { conversationsAndTurns } from './0001-conversations-and-turns.js';
import { conversationDeletions } from './0003-conversation-deletions.js';
import { tokensAndSettings } from './0002-tokens-and-settings.js';

/** In order; never edited once released. */
export const migrations = [
  sqlMigration(1_763_600_000_001, 'ConversationsAndTurns', conversationsAndTurns),
  sqlMigration(1_763_600_000_002, 'TokensAndSettings', tokensAndSettings),
  sqlMigration(1_763_600_000_003, 'ConversationDeletions', conversationDeletions),
];
