import type { LastDelivery } from "./delivery-observer.js";

const units = [
  { name: "day", ms: 86_400_000 },
  { name: "hour", ms: 3_600_000 },
  { name: "minute", ms: 60_000 },
  { name: "second", ms: 1_000 },
] as const;

/** `sent 5 minutes ago`; undefined when nothing went through the connection since the start. */
export function describeLastDelivery(last: LastDelivery | undefined, nowMs: number): string | undefined {
  if (last === undefined) return undefined;
  const age = nowMs - last.at;
  const unit = units.find(({ ms }) => age >= ms);
  if (unit === undefined) return `${last.what} just now`;
  const count = Math.floor(age / unit.ms);
  return `${last.what} ${count} ${unit.name}${count === 1 ? "" : "s"} ago`;
}
