import type { ClientEvent } from "../../test/support/matrix-client.js";
import type { Stage } from "./stage.js";
import type { Timeline } from "./timeline.js";

/** What the scenes of the story are played with. */
export interface Play {
  readonly stage: Stage;
  /** The room. */
  readonly timeline: Timeline;
  /** Begins to show another room, such as a direct chat. */
  readonly openTimeline: (roomId: string) => Timeline;
  /** Called with each thing before it is done. */
  readonly tell: (text: string) => void;
  /** Called with what is so outside of the rooms. */
  readonly note: (text: string) => void;
}

export function messageBy(author: string, ...words: readonly string[]): (event: ClientEvent) => boolean {
  return ({ type, sender, content: { body } }) =>
    type === "m.room.message" && sender === author && typeof body === "string" && words.every((word) => body.includes(word));
}

export function joinOf(userId: string): (event: ClientEvent) => boolean {
  return ({ type, state_key, content }) => type === "m.room.member" && state_key === userId && content["membership"] === "join";
}
