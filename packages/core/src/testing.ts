/** What tests of other packages use: in-memory twins of the ports, and the contract suites that every implementation passes. */
export { InMemoryTokenStore } from './tokens/in-memory-token-store.js';
export { InMemoryConversations, InMemoryConversationStore } from './conversations/in-memory-conversations.js';
export { InMemoryTurnDispatcher, InMemoryTurnStore } from './messages/in-memory-turn-store.js';
export { InMemoryEventLog } from './events/in-memory-event-log.js';
export { eventLogContract } from './events/event-log.contract.js';
export { InMemoryTurnRelay } from './messages/in-memory-turn-relay.js';
export { InMemoryIdempotencyKeys } from './idempotency/in-memory-idempotency-keys.js';
export { InMemoryLogger } from './shared/logger.js';
export { tokenStoreContract } from './tokens/token-store.contract.js';
export { conversationStoreContract } from './conversations/conversation-store.contract.js';
export { turnStoreContract } from './messages/turn-store.contract.js';
export { turnRelayContract } from './messages/turn-relay.contract.js';
export { idempotencyKeysContract } from './idempotency/idempotency-keys.contract.js';
export {
  type AgentRunnerFixture,
  type CollectedRun,
  agentRunnerContract,
  collectRun,
  failureOf,
  runRequest,
} from './messages/agent-runner.contract.js';
export { InMemoryUsageStore } from './usage/in-memory-usage-store.js';
export { usageStoreContract } from './usage/usage-store.contract.js';
export { InMemorySettingsStore } from './settings/in-memory-settings-store.js';
export { settingsStoreContract } from './settings/settings-store.contract.js';
export { InMemoryLimitStore } from './limits/in-memory-limit-store.js';
export { limitStoreContract } from './limits/limit-store.contract.js';
export { InMemoryAttemptStore } from './limits/in-memory-attempt-store.js';
export { attemptStoreContract } from './limits/attempt-store.contract.js';
export {
  type ChannelFixture,
  RecordingHost,
  channelPortContract,
  channelRequest,
} from './channels/channel-port.contract.js';
export { InMemorySendStore } from './sends/in-memory-send-store.js';
export { sendStoreContract } from './sends/send-store.contract.js';
export {
  InMemoryChannelInbox,
  InMemoryChannelLinks,
  InMemoryDraftStore,
  InMemoryPairingStore,
} from './channels/in-memory-channel-stores.js';
export { channelStoresContract } from './channels/channel-stores.contract.js';
export { InMemoryChannel } from './channels/in-memory-channel.js';
export { InMemoryChannelDirectory } from './channels/in-memory-channel-directory.js';
export {
  InMemoryWebhookDeliveries,
  InMemoryWebhookEndpoints,
  InMemoryWebhookQueue,
  InMemoryWebhooks,
} from './webhooks/in-memory-webhooks.js';
export { type WebhooksFixture, webhooksContract } from './webhooks/webhooks.contract.js';
export { InMemorySkillStore } from './skills/in-memory-skill-store.js';
export { skillStoreContract, storedSkill } from './skills/skill-store.contract.js';
export { InMemorySkills, OWN_SETTINGS, skillManifest } from './skills/in-memory-skills.js';
export { type SkillFunction } from './skills/in-memory-skill-runtime.js';
export { InMemoryMemoryIndex } from './memory/in-memory-memory-index.js';
export { memoryIndexContract } from './memory/memory-index.contract.js';
export { InMemoryVectorIndex } from './memory/in-memory-vector-index.js';
export { vectorIndexContract } from './memory/vector-index.contract.js';
export { WordAnalyser } from './memory/word-analyser.js';
