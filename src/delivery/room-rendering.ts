import type { Delivery } from "../core/delivery.js";
import type { UserId } from "../core/ids.js";
import type { RoomMessage } from "../core/message.js";

/** What an event says in a room, or why it says nothing. */
export type RoomRendering =
  /** `ghost`: present where the sender is one. */
  | {
      readonly kind: "messages";
      readonly sender: UserId;
      readonly ghost?: NonNullable<Delivery["ghost"]>;
      readonly messages: readonly RoomMessage[];
    }
  /** Its words are asked for when its turn comes; `sender` speaks unless they say otherwise. */
  | { readonly kind: "later"; readonly sender: UserId }
  | { readonly kind: "ignored"; readonly reason: string };
