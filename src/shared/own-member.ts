/** A member of something parsed from outside; undefined unless it is the thing's own: every object inherits members such as `toString`. */
export function ownMember(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  // The line above made sure of the member.
  return (value as Readonly<Record<string, unknown>>)[key];
}

/** The same, where it is text. */
export function ownText(value: unknown, key: string): string | undefined {
  const member = ownMember(value, key);
  return typeof member === "string" ? member : undefined;
}

/** The same, where it is a list; empty otherwise. */
export function ownList(value: unknown, key: string): readonly unknown[] {
  const member = ownMember(value, key);
  return Array.isArray(member) ? member : [];
}
