import type { Success } from './session-message.js';

/** GET /health and /api/v1/health; `draining` comes with a 503. */
export interface Health {
  status: 'ok' | 'draining';
  version: string;
  uptime_seconds: number;
}

export interface ComponentState {
  status: 'ok' | 'degraded' | 'down';
  [fact: string]: unknown;
}

/** GET /health/detail; 503 when `status` is `down` or `draining`. */
export interface HealthDetail {
  status: 'ok' | 'degraded' | 'down' | 'draining';
  database: ComponentState;
  provider: ComponentState;
  channels: ComponentState;
  webhooks: ComponentState;
  skills: ComponentState;
}

/** GET /api/v1/status: document B's members, and document D's in its envelope. */
export interface Status extends Success<{
  gateway: { status: string; version: string; uptime: number };
  models: { available: number; default: string };
  sessions: { active: number; total: number };
}> {
  status: 'running' | 'draining';
  version: string;
  uptime_seconds: number;
  gateway: { port: number; bind: string; auth_enabled: boolean };
  reasoning: { primary_provider: string; primary_model: string; total_requests: number; avg_latency_ms: number };
  memory: { wal_entries: number; compacted_files: number; total_size_mb: number };
  skills: { installed: number; active: number; container_engine: string | null; rootless: boolean };
  channels: { connected: string[]; disconnected: string[] };
}

/** GET /api/v1/models */
export interface ModelList {
  models: { id: string; provider: string; default: boolean }[];
  default: string;
}

/** PUT /api/v1/config; paths are dotted. */
export interface ConfigUpdated {
  config: unknown;
  applied: string[];
  restart_required: boolean;
  restart_paths: string[];
}
