import { createHash } from "node:crypto";
import { RemoteError, SwitchboardError } from "../core/errors.js";
import type { EventId, UserId } from "../core/ids.js";
import type { OutgoingEvent } from "../core/ports/message-sender.js";
import type { RoomRecord } from "../core/ports/room-store.js";
import type { RoomWork } from "../core/ports/room-work.js";
import type { PrivateAnswer } from "../core/service.js";
import type { Markdown, MarkdownRenderer } from "../shared/markdown.js";
import type { BotDeps } from "./deps.js";
import { quietNotice, renderMarkdown } from "./replies.js";

/** Who asked, and by which event. */
interface Asked {
  readonly work: Pick<RoomWork, "event" | "receivedAt">;
  readonly room: Pick<RoomRecord, "roomId">;
  readonly actor: UserId;
}

/**
 * What a person is told in the direct chat with the main bot because a room must not read it, such as a hook's address. None of it is
 * stored by us: it goes to the homeserver before the room's answer is given, under a transaction id that follows from the command's event,
 * so that a command that is run again says it once.
 */
export class PrivateAnswers {
  readonly #deps: Pick<BotDeps, "bots" | "directChats" | "sender" | "log">;
  readonly #renderer: MarkdownRenderer;

  constructor(deps: Pick<BotDeps, "bots" | "directChats" | "sender" | "log">, renderer: MarkdownRenderer) {
    this.#deps = deps;
    this.#renderer = renderer;
  }

  /**
   * @param about tells answers to one command apart; the same when the command is run again
   * @throws RemoteError when the homeserver has to be waited for; SwitchboardError, with the remedy, when the person cannot be told
   */
  async tell({ work, room, actor }: Asked, about: string, answer: PrivateAnswer): Promise<void> {
    const { bots, directChats } = this.#deps;
    const chat = await directChats.findOrOpen(actor, { preferred: room.roomId, isForSecret: true });
    if (chat === undefined) throw notTold(bots.main.userId);
    await this.#send(work, {
      roomId: chat.roomId,
      sender: bots.main.userId,
      message: quietNotice(answer, this.#renderer),
      transactionId: transactionIdOf(work.event.event_id, about),
    });
  }

  /** As `tell`. */
  tellMarkdown(asked: Asked, about: string, answer: Markdown): Promise<void> {
    return this.tell(asked, about, { body: answer.text, html: renderMarkdown(answer, this.#renderer) });
  }

  async #send({ receivedAt }: Asked["work"], outgoing: OutgoingEvent): Promise<void> {
    const { sender, bots, log } = this.#deps;
    try {
      // Where the homeserver may have forgotten the id, an earlier try is looked for.
      const isThere = !sender.isRepeatSafe(outgoing.sender) && (await sender.find(outgoing, receivedAt)) !== undefined;
      if (!isThere) await sender.send(outgoing);
    } catch (error) {
      if (!(error instanceof RemoteError) || error.isTransient) throw error;
      log.warn({ roomId: outgoing.roomId, error }, "A private answer was refused by the homeserver");
      throw notTold(bots.main.userId, error);
    }
  }
}

function transactionIdOf(eventId: EventId, about: string): string {
  return createHash("sha256").update(`private|${eventId}|${about}`).digest("base64url");
}

function notTold(bot: UserId, cause?: unknown): SwitchboardError {
  const remedy = `Start a direct chat with \`${bot}\`, leave encryption off there, and run the command again.`;
  return new SwitchboardError("HS_NOT_IN_ROOM", `It was done, but I cannot tell you privately what belongs to it. ${remedy}`, { cause });
}
