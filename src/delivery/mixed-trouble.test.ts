import { describe, expect, it } from "vitest";
import type { Connection } from "../core/connection.js";
import type { RoomId } from "../core/ids.js";
import {
  bot,
  createRig,
  homeserverAnswer,
  RecordedGhosts,
  RecordingSender,
  sayTest,
  testConnection,
  type Rig,
} from "../../test/support/delivery-rig.js";
import { FickleLevel } from "../../test/support/forgetful-level.js";
import { settle } from "../../test/support/manual-clock.js";
import { seededRandom } from "../../test/support/seeded-random.js";
import { RemoteError, StorageError } from "../core/errors.js";
import type { Random } from "../shared/random.js";
import type { LateWords } from "./words.js";

const rooms: readonly RoomId[] = ["!a:example.org", "!b:example.org", "!c:example.org"];
const connections: readonly Connection[] = rooms.map((roomId, number) => testConnection(roomId, `remote/${number}`));
const steps = 90;
/** A ghost that is thrown out twice in a row waits for an hour. */
const longEnoughMs = 65 * 60_000;

const names = ["alice", "bob"] as const;

/** Something a remote tells, and goes on telling until it is acknowledged. */
interface Told {
  /** What is to be heard; parts between `+` are messages of their own. */
  readonly text: string;
  /** Who says it, and whether its words have to be waited for. */
  readonly manner: string;
  readonly rooms: readonly RoomId[];
  readonly keys: readonly string[];
  readonly toldAt: number;
  acknowledgedAt: number | undefined;
  isAsked: boolean;
}

/** A process on a data folder; after a crash there is another. */
interface Life {
  readonly level: FickleLevel;
  readonly rig: Rig;
  isAlive: boolean;
  isReading: boolean;
}

/** Everything that may go wrong, in an order that only the seed decides. */
class Story {
  readonly told: Told[] = [];
  readonly sender = new RecordingSender();
  readonly ghosts = new RecordedGhosts();
  readonly #random: Random;
  /** Ends the look-ups that do not end by themselves. */
  readonly #slow: (() => void)[] = [];
  #life: Life | undefined;
  #isSlow = false;
  /** The rooms that are still to be read; undefined once that is over for good. */
  #unread: RoomId[] | undefined;
  /** What rooms that were read once are connected to outlives a crash. */
  readonly #known: Connection[];
  #time = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed * 7_919);
    this.#unread = seed % 2 === 0 ? [...rooms] : undefined;
    this.#known = this.#unread === undefined ? [...connections] : [];
    this.ghosts.onPrepare = () => {
      if (this.#chance(0.1)) throw homeserverAnswer(this.#chance(0.5) ? 503 : undefined, "M_UNKNOWN", { outcomeUnknown: true });
    };
    this.sender.onTry = ({ sender, roomId }, store) => {
      const place = `${sender} ${roomId}`;
      // Somebody throws it out.
      if (this.#chance(0.05)) this.ghosts.joined.delete(place);
      if (sender !== bot && !this.ghosts.joined.has(place)) throw homeserverAnswer(403, "M_FORBIDDEN");
      if (!this.#chance(0.04)) return;
      if (this.#chance(0.5)) store();
      throw homeserverAnswer(undefined, undefined, { outcomeUnknown: true });
    };
  }

  async run(): Promise<void> {
    await this.#begin(await FickleLevel.open());
    for (let step = 0; step < steps; step += 1) {
      await this.#doSomething();
      await settle(this.#below(4));
    }
    await this.#end();
  }

  get #now(): Life {
    if (this.#life === undefined) throw new Error("not begun");
    return this.#life;
  }

  #below(count: number): number {
    return Math.floor(this.#random.fraction() * count);
  }

  #chance(share: number): boolean {
    return this.#random.fraction() < share;
  }

  async #begin(level: FickleLevel): Promise<void> {
    const { sender, ghosts } = this;
    ghosts.forgetAll();
    const rig = await createRig(level, {
      ...{ sender, ghosts, connections: this.#known, findsAtOnce: true, recover: level.untilRecovered },
      isAlive: () => life.isAlive,
    });
    const life: Life = { level, rig, isAlive: true, isReading: false };
    this.#life = life;
    rig.slowFind = () => this.#look();
    rig.onWords = (text) => this.#word(text);
    if (this.#unread !== undefined) {
      this.#unread = [...rooms];
      rig.firstReading.begin();
    }
    await rig.start();
  }

  #look(): Promise<void> | undefined {
    if (!this.#isSlow || this.#chance(0.5)) return undefined;
    return this.#chance(0.5) ? Promise.resolve() : new Promise((resolve) => this.#slow.push(resolve));
  }

  async #word(text: string): Promise<LateWords> {
    await this.#look();
    if (this.#chance(0.1)) throw this.#chance(0.5) ? new RemoteError("away") : new StorageError("cannot be read");
    return sayTest(text);
  }

  async #doSomething(): Promise<void> {
    const what = this.#below(20);
    if (what < 9) for (let count = this.#below(12); count >= 0; count -= 1) this.#tell();
    else if (what < 11) this.#isSlow = !this.#isSlow;
    else if (what < 13) for (const end of this.#slow.splice(0)) end();
    else if (what === 13) this.#now.level.trouble = this.#chance(0.5) ? "refuses" : "seems-to-refuse";
    else if (what === 14) await this.#now.level.recover();
    else if (what === 15) this.#tellAgain();
    else if (what === 16) await this.#crash();
    else if (what === 17) this.#readOn();
    else await this.#now.rig.clock.advance(this.#below(3_000));
  }

  #tell(): void {
    const chosen = rooms.filter(() => this.#chance(0.5));
    const number = this.told.length;
    this.#time += 1;
    this.told.push({
      text: this.#chance(0.2) ? `${number}+${number}.2` : `${number}`,
      manner: `${this.#chance(0.25) ? "later:" : ""}${this.#chance(0.25) ? `as ${names[this.#below(2)] ?? ""}:` : ""}`,
      rooms: chosen,
      keys: chosen.map((roomId) => `remote/${rooms.indexOf(roomId)}`),
      ...{ toldAt: this.#time, acknowledgedAt: undefined, isAsked: false },
    });
    this.#ask(this.told.length - 1);
  }

  #tellAgain(): void {
    for (const [number, { isAsked, acknowledgedAt }] of this.told.entries()) {
      if (!isAsked && acknowledgedAt === undefined) this.#ask(number);
    }
  }

  #ask(number: number): void {
    const told = this.told[number];
    if (told === undefined) return;
    const life = this.#now;
    told.isAsked = true;
    life.rig.receive(`${told.manner}${told.text}`, { id: `d${number}`, keys: told.keys }).then(
      () => {
        if (!life.isAlive) return;
        this.#time += 1;
        told.acknowledgedAt = this.#time;
        told.isAsked = false;
      },
      () => {
        if (life.isAlive) told.isAsked = false;
      },
    );
  }

  async #crash(): Promise<void> {
    const { level } = this.#now;
    this.#now.isAlive = false;
    this.#slow.length = 0;
    for (const told of this.told) told.isAsked = false;
    await this.#begin(await level.crashed());
  }

  /** Reads one room more, or ends the reading; what the disk refuses is tried again another time. */
  #readOn(): void {
    const life = this.#now;
    if (this.#unread === undefined || life.isReading) return;
    life.isReading = true;
    void this.#readNext(life.rig, this.#unread)
      .catch(() => undefined)
      .finally(() => (life.isReading = false));
  }

  async #readNext({ router }: Rig, unread: RoomId[]): Promise<void> {
    const [roomId] = unread;
    if (roomId === undefined) {
      await router.endFirstReading(async (held) => this.#known.filter((connection) => connection.roomId === held));
      if (this.#unread === unread) this.#unread = undefined;
      return;
    }
    const found = connections.filter((connection) => connection.roomId === roomId);
    if (!found.every((connection) => this.#known.includes(connection))) this.#known.push(...found);
    await router.replayKept([{ roomId, connections: found }]);
    unread.shift();
  }

  /** Everything mends, and whatever is still to be done is done. */
  async #end(): Promise<void> {
    this.#isSlow = false;
    const { rig, level } = this.#now;
    for (let round = 0; round <= rooms.length + 1; round += 1) {
      await level.recover();
      for (const end of this.#slow.splice(0)) end();
      this.#readOn();
      this.#tellAgain();
      await rig.clock.advance(longEnoughMs);
    }
  }
}

/** In each room: what it heard, told apart from what it should have. */
function judge({ told, sender }: Story): Readonly<Record<string, readonly string[]>> {
  const unacknowledged = told.filter(({ acknowledgedAt }) => acknowledgedAt === undefined).map(({ text }) => text);
  const [lost, doubled, disordered]: [string[], string[], string[]] = [[], [], []];
  for (const roomId of rooms) {
    const heard = sender.bodies(roomId);
    const parts = told.filter((one) => one.rooms.includes(roomId)).flatMap((one) => one.text.split("+").map((part) => ({ ...one, part })));
    lost.push(...parts.filter(({ part }) => !heard.includes(part)).map(({ part }) => `${part} in ${roomId}`));
    doubled.push(...heard.filter((text, position) => heard.indexOf(text) !== position).map((text) => `${text} in ${roomId}`));
    const inOrder = parts.map((part) => ({ ...part, place: heard.indexOf(part.part) })).sort((left, right) => left.place - right.place);
    for (const [position, later] of inOrder.entries()) {
      // Told and acknowledged before the other was told, it has to stand before it.
      const earlier = inOrder.slice(position + 1).find((one) => (one.acknowledgedAt ?? Infinity) < later.toldAt);
      if (earlier !== undefined) disordered.push(`${later.part} before ${earlier.part} in ${roomId}`);
    }
  }
  return { unacknowledged, lost, doubled, disordered };
}

describe("slow look-ups and words, a failing disk, rooms being read, ghosts, an unreliable homeserver and crashes, all mixed", () => {
  it.each(Array.from({ length: 24 }, (_, number) => number + 1))("lose, double and reorder nothing (seed %i)", async (seed) => {
    const story = new Story(seed);

    await story.run();

    expect(judge(story)).toEqual({ unacknowledged: [], lost: [], doubled: [], disordered: [] });
    expect(story.told.length).toBeGreaterThan(50);
  });
});
