import { Conflict } from '../shared/errors.js';
import { SettingsStore, type StoredValues } from './settings-store.js';

export class InMemorySettingsStore extends SettingsStore {
  private version = 0;
  /** As text, so that nobody shares the objects and nothing but JSON gets in. */
  private text = '{}';

  async load(): Promise<StoredValues> {
    const values: unknown = JSON.parse(this.text);
    return { version: this.version, values };
  }

  async save(expectedVersion: number, values: unknown): Promise<number> {
    if (expectedVersion !== this.version) {
      throw new Conflict(`The stored settings have version ${this.version}, not ${expectedVersion}`);
    }
    this.text = JSON.stringify(values);
    this.version += 1;
    return this.version;
  }
}
