import type { HookState } from "./schema.js";

/** What `webhook test` sends: in the words that the hook expects, as far as that can be told. */
export function samplePayload({ name, format }: Pick<HookState, "name" | "format">): unknown {
  const text = `This is a test of the webhook ${name}.`;
  if (format === "alertmanager") return sampleAlerts(text);
  return format === "discord" ? { content: text } : { text };
}

/** Resolved, so that no later notification edits it. */
function sampleAlerts(summary: string): unknown {
  return {
    version: "4",
    groupKey: '{}:{alertname="Test"}',
    status: "resolved",
    groupLabels: { alertname: "Test" },
    commonLabels: { alertname: "Test" },
    alerts: [{ status: "resolved", labels: { alertname: "Test" }, annotations: { summary } }],
  };
}
