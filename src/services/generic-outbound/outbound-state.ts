import type { Connection, ConnectionState } from "../../core/connection.js";
import { ValidationError } from "../../core/errors.js";
import type { OutboundState } from "./schema.js";

/** State reaches a kind only after its schema let it through. */
export function outboundState(state: ConnectionState): OutboundState {
  return state as unknown as OutboundState;
}

/** What the schema cannot say, in Hookshot's sentences (reference 2.10). @throws ValidationError */
export function readAddress(url: string): URL {
  if (!URL.canParse(url)) throw new ValidationError("Outbound URL is invalid");
  const address = new URL(url);
  if (address.protocol !== "http:" && address.protocol !== "https:")
    throw new ValidationError("Outbound URL protocol must be http or https");
  return address;
}

/** @throws ValidationError */
export function checkName(name: string): void {
  if (name.length < 3 || name.length > 64) throw new ValidationError("A webhook name must be between 3-64 characters.");
}

/** What people call it. */
export function nameOf({ state, stateKey }: Connection): string {
  return typeof state["name"] === "string" && state["name"] !== "" ? state["name"] : stateKey;
}
