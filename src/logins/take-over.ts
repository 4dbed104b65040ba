import type { UserId } from "../core/ids.js";
import type { HookshotLogins, LoginStore } from "../core/ports/personal-logins.js";
import type { KeyValueStore } from "../core/ports/service-store.js";
import type { StoreChange, UnitOfWork } from "../core/ports/unit-of-work.js";
import { KeyedMutex } from "../delivery/keyed-mutex.js";
import type { RecentChanges } from "./recent-changes.js";

interface TakeOverOptions {
  readonly serviceId: string;
  readonly store: LoginStore;
  /** By person: `taken`, `forgotten`, or when nothing was found, in milliseconds since the epoch. */
  readonly marks: KeyValueStore;
  /**
   * A secret that Hookshot keeps in the main bot's account data; undefined where there is none that can be read. Absent without `passFile`.
   * @throws RemoteError
   */
  readonly readHookshots?: (accountDataType: string) => Promise<string | undefined>;
  readonly changes: RecentChanges;
  readonly commit: UnitOfWork["commit"];
  readonly now: () => number;
}

/** Hookshot may still be running beside us, or be taken back for a day; looking costs a request or two to the homeserver. */
const lookAgainAfterMs = 24 * 3_600_000;

const taken = "taken";
const forgotten = "forgotten";

/** Takes over what Hookshot keeps of people's logins at one service, each once. */
export class TakeOver {
  readonly #options: TakeOverOptions;
  readonly #people = new KeyedMutex();

  constructor(options: TakeOverOptions) {
    this.#options = options;
  }

  /** See `PersonalLogins.takeOver`. */
  async run(person: UserId, from: HookshotLogins): Promise<void> {
    const { store, readHookshots } = this.#options;
    if (!store.canKeep || readHookshots === undefined || !(await this.#isDue(person))) return;
    await this.#people.run(person, async () => {
      if (await this.#isDue(person)) await this.#take(person, await find(from, readHookshots));
    });
  }

  /** Nothing is taken over for the person again. */
  forget(person: UserId): StoreChange {
    const { serviceId, changes, marks } = this.#options;
    changes.note([serviceId, person]);
    return marks.put(person, forgotten);
  }

  async #isDue(person: UserId): Promise<boolean> {
    const mark = await this.#options.marks.get(person);
    if (mark === undefined) return true;
    return mark !== taken && mark !== forgotten && this.#options.now() - Number(mark) >= lookAgainAfterMs;
  }

  async #take(person: UserId, found: ReturnType<HookshotLogins["read"]>): Promise<void> {
    const { serviceId, store, marks, changes, commit, now } = this.#options;
    const own = new Set(await store.list(person));
    // From here to the commit nobody else has a turn. What is being changed just now is looked at another time.
    const isChanging = changes.has([serviceId, person]) || found.some(({ remote }) => changes.has([serviceId, person, remote]));
    if (isChanging) return;
    // A login that the person made here is younger.
    const missing = found.filter(({ remote }) => !own.has(remote));
    const mark = marks.put(person, found.length === 0 ? String(now()) : taken);
    await commit([...missing.map(({ remote, login }) => store.put(person, remote, login)), mark]);
  }
}

/** From the first place that holds something of use. */
async function find(
  from: HookshotLogins,
  readHookshots: NonNullable<TakeOverOptions["readHookshots"]>,
): Promise<ReturnType<HookshotLogins["read"]>> {
  for (const type of from.accountDataTypes) {
    const text = await readHookshots(type);
    const logins = text === undefined ? [] : from.read(text);
    if (logins.length > 0) return logins;
  }
  return [];
}
