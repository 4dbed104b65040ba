import type { Bot } from "../core/bots.js";
import type { Connection } from "../core/connection.js";
import { RemoteError, StorageError } from "../core/errors.js";
import type { UserId } from "../core/ids.js";
import type { MatrixEvent } from "../core/matrix-event.js";
import type { RoomMessage } from "../core/message.js";
import type { RoomRecord } from "../core/ports/room-store.js";
import type { Forward, Reply, RoomWork, RoomWorkResult } from "../core/ports/room-work.js";
import type { RoomEventAnswer, RoomListener } from "../core/room-listener.js";
import { createMarkdownRenderer, markdown, type Markdown } from "../shared/markdown.js";
import { asAnswer } from "./call-service.js";
import type { BotDeps } from "./deps.js";
import { canBeHeard, createListenerIndex, type FindListener, type KnownListener } from "./listener-index.js";
import { waitForPermissions } from "./may-change.js";
import { MustWait, storeOrWait } from "./must-wait.js";
import { RelatedEvent } from "./related-event.js";
import { createAnswerStyles, explainFailure, type AnswerStyle } from "./replies.js";
import { knownRoom } from "./room-records.js";
import { isTooLate } from "./run-command.js";

/*
 * What connections do about a room's own events (core/room-listener.ts).
 *
 *   hand on: every event that a forwarding connection hears, commands included, because that is what Hookshot's outbound hooks get
 *     (reference 2.10). Only a message in which a secret was typed goes nowhere.
 *   act: an event that was no command. Connections that hear it are asked by priority until one has handled it, or has failed at it.
 */

type ListenerDeps = Pick<
  BotDeps,
  "services" | "bots" | "permissions" | "permissionRooms" | "operations" | "rooms" | "adminRooms" | "roomState" | "clock" | "log"
>;

/** A connection that hears the event, and what hears it. */
interface Hearing extends KnownListener {
  readonly connection: Connection;
}

/** One that may act for who sent the event, and the bot that answers. */
interface Candidate extends Hearing {
  readonly speaker: Bot;
}

/** How long an event waits for a remote that fails: everything behind it in the room waits with it. */
const longestWaitMs = 5 * 60 * 1000;

const nothing: RoomWorkResult = { replies: [] };
const interrupted = markdown`Acting on this was interrupted, and whether it changed anything is not known. Look whether it did before you try again.`;

/** Offers a room's events to its connections. */
export class Listeners {
  readonly #deps: ListenerDeps;
  readonly #find: FindListener;
  readonly #style: AnswerStyle = createAnswerStyles(createMarkdownRenderer()).listener;

  constructor(deps: ListenerDeps) {
    this.#deps = deps;
    this.#find = createListenerIndex(deps.services);
  }

  /** The event for each connection that hands it on. */
  async forwardsOf(event: MatrixEvent): Promise<readonly Forward[]> {
    const forwarding = (await this.#hearing(event)).filter(({ listener }) => listener.forward !== undefined);
    return forwarding.map(({ connection }) => ({ connectionId: connection.id, event }));
  }

  /**
   * Lets the room's connections act on an event that was no command.
   * @throws RemoteError when it has to wait; StorageError
   */
  async act(work: RoomWork): Promise<RoomWorkResult> {
    const { event } = work;
    const candidates = isTooLate(work) ? [] : await this.#candidates(event);
    const [first] = candidates;
    if (first === undefined) return nothing;
    if (work.begun) return { replies: repliesOf(first, event, this.#style.say({ kind: "refused", reason: interrupted }, event)) };
    const turn = new Turn(work, new RelatedEvent(event, this.#deps));
    for (const candidate of candidates) {
      const result = await this.#ask(candidate, turn);
      if (result !== undefined) return result;
    }
    return nothing;
  }

  /** Highest priority first; the state key decides between equals, so that the same one goes first each time. */
  async #hearing(event: MatrixEvent): Promise<readonly Hearing[]> {
    if (!canBeHeard(event) || this.#deps.bots.isOurs(event.sender)) return [];
    const hearing = (await this.#deps.operations.list(event.room_id)).flatMap((connection): Hearing[] => {
      const known = connection.status.kind === "active" ? this.#find(connection) : undefined;
      return known !== undefined && this.#hears(known.listener, event, connection) ? [{ ...known, connection }] : [];
    });
    return hearing.sort(
      ({ connection: left }, { connection: right }) => right.priority - left.priority || (left.stateKey < right.stateKey ? -1 : 1),
    );
  }

  /** One that cannot even tell whether it hears an event does not; the others do. */
  #hears(listener: RoomListener<unknown>, event: MatrixEvent, connection: Connection): boolean {
    try {
      return listener.hears(event, connection);
    } catch (error) {
      this.#deps.log.error({ eventId: event.event_id, connection: connection.id, error }, "A connection could not look at an event");
      return false;
    }
  }

  async #candidates(event: MatrixEvent): Promise<readonly Candidate[]> {
    const acting = (await this.#hearing(event)).filter(({ listener }) => listener.handle !== undefined);
    if (acting.length === 0) return [];
    const room = await knownRoom(this.#deps, event.room_id);
    return acting.flatMap((hearing) => this.#asCandidate(hearing, event.sender, room));
  }

  /** Who lacks the right is told nothing: what they sent is no command. @throws RemoteError while it is not known whether they may */
  #asCandidate(hearing: Hearing, actor: UserId, { bots: joined }: RoomRecord): readonly Candidate[] {
    const { bots, permissions, permissionRooms } = this.#deps;
    const { permissionName } = hearing.active.service;
    const speaker = bots.forService(permissionName, joined);
    if (speaker === undefined) return [];
    if (permissions.allows(actor, permissionName, "commands")) return [{ ...hearing, speaker }];
    waitForPermissions(permissionRooms);
    return [];
  }

  /** @returns what it came to; undefined when the connection did not handle the event */
  async #ask(candidate: Candidate, turn: Turn): Promise<RoomWorkResult | undefined> {
    const { listener, active, connection, speaker } = candidate;
    const { event } = turn.work;
    try {
      const related = (): Promise<MatrixEvent | undefined> => turn.related.read(speaker.userId);
      const isOurs = (userId: UserId): boolean => this.#deps.bots.isOurs(userId);
      const call = { event, actor: event.sender, connection, related, isOurs, begin: () => turn.begin() };
      const answer = await listener.handle?.(call, active.context);
      return answer?.isHandled === true ? resultOf(answer, candidate, event) : undefined;
    } catch (error) {
      if (error instanceof MustWait) throw error.cause;
      if (!turn.hasBegun) this.#waitIfWorthIt(error, turn);
      const reason = this.#explain(error, candidate, event);
      return { replies: repliesOf(candidate, event, this.#style.say({ kind: "failed", reason }, event)) };
    }
  }

  /** The homeserver and the disk are always waited for; a remote only for a while, since it holds up the room. */
  #waitIfWorthIt(error: unknown, { related, work }: Turn): void {
    if (related.failure !== undefined) throw related.failure;
    if (error instanceof StorageError) throw error;
    if (!(error instanceof RemoteError) || !error.isTransient) return;
    if (this.#deps.clock.now() - work.receivedAt < longestWaitMs) throw error;
  }

  #explain(error: unknown, { connection }: Candidate, { event_id: eventId, room_id: roomId }: MatrixEvent): Markdown | undefined {
    const reason = explainFailure(asAnswer(error), this.#style.remedies);
    if (reason === undefined)
      this.#deps.log.error({ eventId, roomId, connection: connection.id, error }, "A connection failed at an event");
    return reason;
  }
}

/** One event's turn, whichever connections are asked in it. */
class Turn {
  readonly work: RoomWork;
  readonly related: RelatedEvent;
  #hasBegun = false;

  constructor(work: RoomWork, related: RelatedEvent) {
    this.work = work;
    this.related = related;
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** @throws MustWait */
  async begin(): Promise<void> {
    await storeOrWait(() => this.work.markBegun());
    this.#hasBegun = true;
  }
}

function resultOf({ messages = [], changes }: RoomEventAnswer, candidate: Candidate, event: MatrixEvent): RoomWorkResult {
  return { replies: repliesOf(candidate, event, messages), ...(changes === undefined ? {} : { changes }) };
}

function repliesOf({ speaker }: Candidate, { room_id: roomId }: MatrixEvent, messages: readonly RoomMessage[]): readonly Reply[] {
  return messages.map((message) => ({ roomId, sender: speaker.userId, message }));
}
