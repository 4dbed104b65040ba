import type { ConnectionState } from "../../core/connection.js";
import type { HookState } from "./schema.js";

/** State reaches a kind only after its schema let it through. */
export function hookState(state: ConnectionState): HookState {
  return state as unknown as HookState;
}
