import type { Alert } from "../src/api/types";

/** An alert as the API sends it. */
export function anAlert(fields: Partial<Alert> = {}): Alert {
  return {
    id: "a1",
    rule_id: "cpu-high",
    rule_name: "CPU high",
    plugin_id: "pay",
    plugin_name: "결제 서버",
    severity: "critical",
    state: "firing",
    channels: ["web"],
    condition: "cpu_usage > 80",
    metric: "cpu_usage",
    value: 95,
    threshold: 80,
    labels: {},
    description: "",
    runbook_url: "",
    started_at_ms: 1_000,
    fired_at_ms: 1_000,
    acknowledged_at_ms: 0,
    acknowledged_by: "",
    resolved_at_ms: 0,
    resolved_by: "",
    reason: "",
    version: 1,
    ...fields,
  } as Alert;
}
