/** The facts of GET /status, before any dialect's spelling. */
export interface GatewayStatus {
  version: string;
  uptimeSeconds: number;
  gateway: { port: number; bind: string; authEnabled: boolean };
  reasoning: { primaryProvider: string; primaryModel: string; totalRequests: number; averageLatencyMs: number };
  memory: { walEntries: number; compactedFiles: number; totalSizeMb: number };
  skills: { installed: number; active: number; containerEngine: string | null; rootless: boolean };
  channels: { connected: string[]; disconnected: string[] };
  models: { available: number; default: string };
  sessions: { active: number; total: number };
}

export abstract class StatusReader {
  abstract read(tenant: string): Promise<GatewayStatus>;
}
