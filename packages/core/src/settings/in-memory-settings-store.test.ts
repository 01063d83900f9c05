import { InMemorySettingsStore } from './in-memory-settings-store.js';
import { settingsStoreContract } from './settings-store.contract.js';

settingsStoreContract('in memory', async () => new InMemorySettingsStore());
