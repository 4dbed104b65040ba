import type { Connection } from "../../core/connection.js";
import type { RemoteError } from "../../core/errors.js";
import type { RemoteEvent } from "../../core/remote-event.js";
import type { LateRendering, ServiceContext } from "../../core/service.js";
import type { ServiceTask } from "../../core/service-task.js";
import { ownMember } from "../../shared/own-member.js";
import type { GitHubConfig } from "./schema.js";

/*
 * Rooms of issues that are to be brought up to date while GitHub cannot be asked. A delivery that waited for GitHub would hold up everything
 * else in its room, and be dead after a day. So it ends, and leaves a record; the task asks anew when the record is due, in the batch that
 * removes it.
 */

type Context = ServiceContext<GitHubConfig>;

/** Names the event that asks for a room to be brought up to date. */
export const syncEventName = "issue_room.sync";

interface Waiting {
  readonly roomId: string;
  readonly routingKeys: readonly string[];
  /** When GitHub is asked again; milliseconds since the epoch. */
  readonly at: number;
  /** In vain, in a row. */
  readonly tries: number;
}

const prefix = "issue-room-waiting ";
const firstPauseMs = 15_000;
const longestPauseMs = 15 * 60_000;
const lookEveryMs = 15_000;
const mostAtOnce = 200;

/** Ends a delivery that GitHub is needed for. @param event that it came from: one that this task made tells how often it was in vain */
export function waitForGitHub(connection: Connection, event: RemoteEvent, error: RemoteError, context: Context): LateRendering {
  const tries = triesOf(event) + 1;
  const pauseMs = Math.min(firstPauseMs * 2 ** (tries - 1), longestPauseMs);
  const at = context.now() + Math.max(pauseMs, Math.min(error.retryAfterMs ?? 0, longestPauseMs));
  const waiting: Waiting = { roomId: connection.roomId, routingKeys: connection.remoteKeys, at, tries };
  context.log.warn({ roomId: connection.roomId, tries, error }, "An issue's room could not be brought up to date; it is tried again later");
  return {
    kind: "ignored",
    reason: "GitHub cannot be asked just now; the room is brought up to date later",
    changes: [context.store.put(`${prefix}${connection.id}`, JSON.stringify(waiting))],
  };
}

export const issueRoomTask: ServiceTask<GitHubConfig> = {
  name: "rooms of GitHub issues",
  async run(context) {
    for (const [key, value] of await context.store.list(prefix, mostAtOnce)) {
      // Written above.
      const { roomId, routingKeys, at, tries } = JSON.parse(value) as Waiting;
      if (at > context.now()) continue;
      const event = { name: syncEventName, routingKeys, payload: { tries } };
      await context.emit(event, `issue-room ${roomId} again ${at}`, [context.store.remove(key)]);
    }
    return lookEveryMs;
  },
};

function triesOf({ name, payload }: RemoteEvent): number {
  const tries = name === syncEventName ? ownMember(payload, "tries") : undefined;
  return typeof tries === "number" ? tries : 0;
}
