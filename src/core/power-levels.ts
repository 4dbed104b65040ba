import type { UserId } from "./ids.js";

type Content = Readonly<Record<string, unknown>>;

/** What decides who may do what in a room. */
export interface RoomPower {
  /** Content of `m.room.power_levels`; undefined when the room has none. */
  readonly levels: Content | undefined;
  /** Content and sender of `m.room.create`. */
  readonly create: Content;
  readonly creator: UserId;
}

/** Room versions from 12 on give their creators a power above every level (Matrix spec, room version 12). */
function hasPrivilegedCreators(create: Content): boolean {
  const version = Number.parseInt(typeof create["room_version"] === "string" ? create["room_version"] : "1", 10);
  return Number.isNaN(version) ? create["room_version"] === "org.matrix.hydra.11" : version >= 12;
}

function isCreator(power: RoomPower, user: UserId): boolean {
  if (power.creator === user) return true;
  const additional = power.create["additional_creators"];
  return Array.isArray(additional) && additional.includes(user);
}

function numberAt(content: unknown, key: string): number | undefined {
  if (typeof content !== "object" || content === null || !Object.hasOwn(content, key)) return undefined;
  // The line above made sure that the key is there; its value is checked next. Old rooms hold numbers as strings.
  const value = (content as Record<string, unknown>)[key];
  if (typeof value === "number") return value;
  return typeof value === "string" && /^-?\d+$/.test(value.trim()) ? Number(value) : undefined;
}

/** A user's power level; infinite for creators from room version 12 on. */
export function powerOf(power: RoomPower, user: UserId): number {
  if (hasPrivilegedCreators(power.create) && isCreator(power, user)) return Number.POSITIVE_INFINITY;
  if (power.levels === undefined) return power.creator === user ? 100 : 0;
  return numberAt(power.levels["users"], user) ?? numberAt(power.levels, "users_default") ?? 0;
}

/** The level needed to send a state event of the type. */
export function powerForState(power: RoomPower, eventType: string): number {
  if (power.levels === undefined) return 0;
  return numberAt(power.levels["events"], eventType) ?? numberAt(power.levels, "state_default") ?? 50;
}

/** `state_default`, where 0 counts as 50: what reference 3.2 and 5.2 ask of a person who sets up connections. */
export function powerForSettings(power: RoomPower): number {
  return (power.levels === undefined ? undefined : numberAt(power.levels, "state_default")) || 50;
}

/** The level that programs need for a state event of the type: its own, else the one for settings (reference 4.5, "Settled"). */
export function powerForProvisioning(power: RoomPower, eventType: string): number {
  return numberAt(power.levels?.["events"], eventType) ?? powerForSettings(power);
}

/** May the user redact what others sent? Both the right to redact and the one to send redactions are needed (Matrix spec, `m.room.power_levels`). */
export function mayRedactOthers(power: RoomPower, user: UserId): boolean {
  const redact = numberAt(power.levels, "redact") ?? 50;
  const send = numberAt(power.levels?.["events"], "m.room.redaction") ?? numberAt(power.levels, "events_default") ?? 0;
  return powerOf(power, user) >= Math.max(redact, send);
}
