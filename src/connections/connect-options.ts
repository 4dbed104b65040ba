import { isDeepStrictEqual } from "node:util";
import type { ConnectionState } from "../core/connection.js";
import { ValidationError } from "../core/errors.js";
import type { ConnectionTarget } from "../core/service.js";
import { nearestWords } from "../shared/nearest-words.js";
import { readState } from "./interpret.js";
import type { KnownKind } from "./kinds.js";

/** The part of a JSON Schema that says what a typed word may become. */
interface SettingSchema {
  readonly type?: string | readonly string[];
  readonly items?: SettingSchema;
}

const suggestions = 3;
const words: Readonly<Record<string, boolean>> = { true: true, yes: true, on: true, false: false, no: false, off: false };

/**
 * Merges `option=value` words over what a person named. Options are settings: what is connected is decided by the name, which was checked
 * at the remote, and by nothing else.
 * @returns the body to write
 * @throws ValidationError that names the option
 */
export function applyOptions(known: KnownKind, target: ConnectionTarget, options: Readonly<Record<string, string>>): ConnectionState {
  const plain = identityOf(known, target, target.state);
  let state = target.state;
  for (const [name, text] of Object.entries(options)) {
    state = { ...state, [name]: coerce(name, schemaOf(known, name), text) };
    const identity = identityOf(known, target, state);
    if (plain !== undefined && identity !== undefined && !isDeepStrictEqual(identity, plain)) {
      throw new ValidationError(`The option ${name} would change what is connected: name that instead.`);
    }
  }
  const read = readState(known, state, target.stateKey);
  if (!read.ok) throw new ValidationError(`${target.name} was not connected: ${read.reason}.`);
  return state;
}

/** What a body connects to, by all names it has; undefined while it is not usable. */
function identityOf(known: KnownKind, { stateKey }: ConnectionTarget, body: ConnectionState): unknown {
  const read = readState(known, body, stateKey);
  if (!read.ok) return undefined;
  const { kind } = known;
  return [kind.resourceKey(read.state, stateKey), kind.grant?.(read.state), read.remoteKeys];
}

function schemaOf({ kind }: KnownKind, name: string): SettingSchema {
  const { properties } = kind.stateSchema;
  // A kind's schema is a JSON Schema of an object.
  const settings = (properties ?? {}) as Readonly<Record<string, SettingSchema>>;
  const schema = Object.hasOwn(settings, name) ? settings[name] : undefined;
  if (schema !== undefined) return schema;
  const near = nearestWords(name, Object.keys(settings)).slice(0, suggestions);
  throw new ValidationError(`${kind.title} has no option ${name}. Did you mean ${near.map(({ word }) => word).join(", ")}?`);
}

function coerce(name: string, schema: SettingSchema, text: string): unknown {
  const types = [schema.type ?? []].flat();
  if (types.includes("array")) return splitList(text).map((item) => coerce(name, schema.items ?? { type: "string" }, item));
  if (types.includes("boolean")) return toBoolean(name, text);
  if (types.includes("number") || types.includes("integer")) return toNumber(name, text);
  if (types.includes("string")) return text;
  throw new ValidationError(`The option ${name} cannot be set by a command.`);
}

function splitList(text: string): readonly string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function toBoolean(name: string, text: string): boolean {
  const value = Object.hasOwn(words, text.toLowerCase()) ? words[text.toLowerCase()] : undefined;
  if (value === undefined) throw new ValidationError(`The option ${name} must be true or false.`);
  return value;
}

function toNumber(name: string, text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) throw new ValidationError(`The option ${name} must be a number.`);
  return value;
}
