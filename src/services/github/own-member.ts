/** A member of something parsed from JSON; undefined unless it is the thing's own, since every object inherits some. */
export function ownMember(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  // The line above made sure of the member.
  return (value as Readonly<Record<string, unknown>>)[key];
}
