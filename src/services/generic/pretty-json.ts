/**
 * A value as indented JSON, or at least its first `most` characters, where there are more: a megabyte of a deeply nested value would become
 * hundreds of megabytes of indentation.
 * @param value as JSON.parse gives it, nested no deeper than the stack takes
 */
export function prettyJson(value: unknown, indent: number, most: number): string {
  return JSON.stringify(beginningOf(value, indent, { indent, left: most }), null, indent);
}

interface Room {
  readonly indent: number;
  /** Characters that are still wanted. Counted a little low, so that never too few are kept. */
  left: number;
}

/** @param width of the indentation within the value */
function beginningOf(value: unknown, width: number, room: Room): unknown {
  if (typeof value === "string") room.left -= value.length;
  if (typeof value !== "object" || value === null) return value;
  return Array.isArray(value) ? beginningOfList(value, width, room) : beginningOfMembers(value, width, room);
}

function beginningOfList(list: readonly unknown[], width: number, room: Room): readonly unknown[] {
  const kept: unknown[] = [];
  for (const entry of list) {
    if (room.left <= 0) break;
    room.left -= width + 1;
    kept.push(beginningOf(entry, width + room.indent, room));
  }
  return kept;
}

function beginningOfMembers(record: object, width: number, room: Room): object {
  const kept: (readonly [string, unknown])[] = [];
  for (const [key, member] of Object.entries(record)) {
    if (room.left <= 0) break;
    room.left -= width + key.length;
    kept.push([key, beginningOf(member, width + room.indent, room)]);
  }
  // Makes own members of all keys, `__proto__` included.
  return Object.fromEntries(kept);
}
