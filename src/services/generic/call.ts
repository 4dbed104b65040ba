import type { ConnectionId } from "../../core/ids.js";

/** Whose words a body is in: Hookshot's, or those of the product that the hook's address ends with. */
export type Flavour = "plain" | "slack" | "discord";

/** The event of a request to a hook. */
export const callEvent = "call";

/** Its payload. */
export interface HookCall {
  readonly flavour: Flavour;
  /** What the sender sent, decoded. */
  readonly data: unknown;
  /** When it was received; milliseconds since the epoch. */
  readonly receivedAt: number;
  /** Its hook was not known when it came, so nobody asked for its signature. */
  readonly isUnverified?: true;
  /** Made by us to try the hook out: only this connection says it. */
  readonly onlyFor?: ConnectionId;
}

/** The event that a hook expires soon. */
export const expiringEvent = "hook.expiring";

/** Its payload. */
export interface HookExpiring {
  readonly connectionId: ConnectionId;
  readonly hours: number;
}
