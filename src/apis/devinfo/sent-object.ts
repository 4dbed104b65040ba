export type SentObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is SentObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A member of its own; null is as good as absent. */
export function member(sent: SentObject, name: string): unknown {
  return Object.hasOwn(sent, name) ? (sent[name] ?? undefined) : undefined;
}
