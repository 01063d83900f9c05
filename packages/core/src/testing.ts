/** What tests of other packages use: in-memory twins of the ports, and the contract suites that every implementation passes. */
export { InMemoryTokenStore } from './tokens/in-memory-token-store.js';
export { InMemoryConversations, InMemoryConversationStore } from './conversations/in-memory-conversations.js';
export { InMemoryTurnDispatcher, InMemoryTurnStore } from './messages/in-memory-turn-store.js';
export { InMemoryLogger } from './shared/logger.js';
export { tokenStoreContract } from './tokens/token-store.contract.js';
export { conversationStoreContract } from './conversations/conversation-store.contract.js';
export { turnStoreContract } from './messages/turn-store.contract.js';
export {
  type AgentRunnerFixture,
  type CollectedRun,
  agentRunnerContract,
  collectRun,
  failureOf,
  runRequest,
} from './messages/agent-runner.contract.js';
export { InMemorySettingsStore } from './settings/in-memory-settings-store.js';
export { settingsStoreContract } from './settings/settings-store.contract.js';
