import { markdown, type Markdown } from "../../shared/markdown.js";
import { bold, lines, paragraphs, webLink } from "./markdown-parts.js";
import { ownList, ownMember, ownText } from "../../shared/own-member.js";

/** A notification of Prometheus's Alertmanager about a group of alerts (its webhook configuration, version 4). */
export interface AlertGroup {
  /** Equal for all notifications about the group. */
  readonly key: string;
  readonly isFiring: boolean;
  readonly text: Markdown;
}

/** More alerts than this are counted only. */
const mostAlerts = 15;
const mostLabels = 12;
const longestText = 500;
/** What every alert says of itself elsewhere in the message. */
const impliedLabels = new Set(["alertname"]);

/** @returns undefined for what is no such notification */
export function readAlertGroup(payload: unknown): AlertGroup | undefined {
  const status = ownText(payload, "status");
  const alerts = ownList(payload, "alerts");
  const key = ownText(payload, "groupKey");
  if (key === undefined || (status !== "firing" && status !== "resolved") || alerts.length === 0) return undefined;
  const truncated = ownMember(payload, "truncatedAlerts");
  const left = Math.max(0, alerts.length - mostAlerts) + (typeof truncated === "number" && truncated > 0 ? truncated : 0);
  const text = paragraphs([
    headline(payload, alerts, status === "firing"),
    lines([...alerts.slice(0, mostAlerts).map(alertText), left === 0 ? undefined : markdown`… and ${String(left)} more`]),
  ]);
  return { key, isFiring: status === "firing", text };
}

function headline(payload: unknown, alerts: readonly unknown[], isFiring: boolean): Markdown {
  const firing = alerts.filter((alert) => ownText(alert, "status") !== "resolved").length;
  const state = isFiring ? `🔥 [FIRING:${firing}]` : "✅ [RESOLVED]";
  const common = ownMember(payload, "commonLabels");
  const name = ownText(common, "alertname") ?? ownText(ownMember(payload, "groupLabels"), "alertname") ?? "Alerts";
  const group = labelsOf(ownMember(payload, "groupLabels"));
  const title = webLink(short(name), ownText(payload, "externalURL"));
  return group === "" ? bold(markdown`${state} ${title}`) : markdown`${bold(markdown`${state} ${title}`)} (${group})`;
}

/** What it says of itself, and what tells it apart. */
function alertText(alert: unknown): Markdown {
  const annotations = ownMember(alert, "annotations");
  const said = ["summary", "description", "message"]
    .map((key) => ownText(annotations, key))
    .find((text) => text !== undefined && text !== "");
  const labels = labelsOf(ownMember(alert, "labels"));
  const words = short(said ?? (labels || "an alert without words"));
  const mark = ownText(alert, "status") === "resolved" ? "✅" : "🔥";
  const link = webLink(words, ownText(alert, "generatorURL"));
  return said === undefined || labels === "" ? markdown`${mark} ${link}` : markdown`${mark} ${link} (${labels})`;
}

function labelsOf(labels: unknown): string {
  if (typeof labels !== "object" || labels === null || Array.isArray(labels)) return "";
  const told = Object.entries(labels).filter(([name, value]) => typeof value === "string" && !impliedLabels.has(name));
  return short(
    told
      .slice(0, mostLabels)
      .map(([name, value]) => `${name}=${String(value)}`)
      .join(", "),
  );
}

/** On one line, and not too long. */
function short(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= longestText ? line : `${line.slice(0, longestText)}…`;
}
