import type { ProcessReport, Status } from "../src/api/system";

/** A process as it reports itself. */
export function aProcess(component: string, fields: Partial<ProcessReport> = {}): ProcessReport {
  return {
    component,
    pid: 100,
    host: "h",
    started_at_ms: 0,
    at_ms: 1_000,
    ready: true,
    schema: 3,
    counters: {},
    detail: {},
    ...fields,
  };
}

/** A healthy system as the API tells of it. */
export function aStatus(fields: Partial<Status> = {}): Status {
  return {
    status: "ok",
    missing: [],
    trouble: "",
    trouble_code: "",
    trouble_values: {},
    at_ms: 1_000,
    server: "valkey 8.1",
    memory: { used_bytes: 5_000_000, limit_bytes: null },
    processes: ["evaluator", "router", "worker", "api", "relay"].map((name, at) => aProcess(name, { pid: 100 + at })),
    partitions: [0, 1].map((partition) => ({ partition, lag: 0, owner: "h-100-abc", outbox: 3, dead_letters: 0 })),
    queues: { web: 0, email: 2 },
    failing_channels: {},
    rules: { revision: 1, total: 2, enabled: 2 },
    unreadable_rules: {},
    active_alerts: { total: 0, by_severity: {}, by_state: {}, by_plugin: {} },
    dead_notifications: 0,
    stream_keep_seconds: 3600,
    history_days: 7,
    ...fields,
  };
}
