import type { MatrixEvent } from "../../core/matrix-event.js";
import type { RoomEventAnswer, RoomEventCall } from "../../core/room-listener.js";
import type { ServiceContext } from "../../core/service.js";
import { relatedIssue } from "./listener-target.js";
import { ownMember } from "../../shared/own-member.js";
import type { GitHubConfig } from "./schema.js";
import { findPerson, type GitHubParts } from "./session.js";

type Meaning = { readonly kind: "reaction"; readonly content: string } | { readonly kind: "state"; readonly state: "open" | "closed" };

/** By the first code point, so that skin tones and variation selectors do not matter (reference 2.3). */
const meanings: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ...(
    [
      ["👍", "+1"],
      ["👎", "-1"],
      ["😄", "laugh"],
      ["🎉", "hooray"],
      ["😕", "confused"],
      ["❤", "heart"],
      ["🚀", "rocket"],
      ["👀", "eyes"],
    ] as const
  ).map(([key, content]) => [key, { kind: "reaction", content }] as const),
  ["🗑", { kind: "state", state: "closed" }],
  ["🚮", { kind: "state", state: "closed" }],
  ["👐", { kind: "state", state: "open" }],
]);

/** Is it a reaction that means something at GitHub? */
export function isMeantReaction(event: MatrixEvent): boolean {
  return meaningOf(event) !== undefined;
}

/** Carries a reaction to one of our messages over to the issue, as the person who reacted; who is not logged in is not meant. */
export async function carryReaction(
  parts: GitHubParts,
  call: RoomEventCall,
  context: ServiceContext<GitHubConfig>,
): Promise<RoomEventAnswer> {
  const meaning = meaningOf(call.event);
  const issue = meaning && (await relatedIssue(call));
  const link = issue && (await findPerson(parts, call.actor, context));
  if (meaning === undefined || issue === undefined || link === undefined) return { isHandled: false };
  await call.begin();
  if (meaning.kind === "reaction") await parts.client.addReaction(link, issue, meaning.content);
  else await parts.client.setState(link, issue, meaning.state);
  return { isHandled: true };
}

function meaningOf({ type, content }: MatrixEvent): Meaning | undefined {
  if (type !== "m.reaction") return undefined;
  const relation = content["m.relates_to"];
  const key = ownMember(relation, "key");
  if (ownMember(relation, "rel_type") !== "m.annotation" || typeof key !== "string") return undefined;
  const [first = ""] = key;
  return meanings.get(first);
}
