import { RemoteError } from "../core/errors.js";
import type { UserId } from "../core/ids.js";
import type { RoomMessage } from "../core/message.js";
import type { AccountDataErrand, LoginErrandStore, NoticeErrand } from "../core/ports/login-errands.js";
import type { StoreChange, UnitOfWork } from "../core/ports/unit-of-work.js";
import type { ServiceLog } from "../core/service-context.js";
import type { IdSource } from "../delivery/id-source.js";
import { retryDelayMs } from "../delivery/retry-policy.js";
import { stopped, StopSignal } from "../delivery/stop-signal.js";
import type { Clock } from "../shared/clock.js";
import type { Random } from "../shared/random.js";

type Content = Readonly<Record<string, unknown>>;

interface LoginErrandsOptions {
  readonly store: LoginErrandStore;
  readonly unitOfWork: UnitOfWork;
  readonly ids: Pick<IdSource, "next">;
  readonly clock: Clock;
  readonly random: Random;
  /** The main bot's own. Throws RemoteError. */
  readonly accountData: { get(type: string): Promise<Content | undefined>; set(type: string, content: Content): Promise<void> };
  /** Tells the person in the direct chat; told again under the same id it is said once. @throws RemoteError */
  readonly tell: (notice: NoticeErrand) => Promise<void>;
  readonly log: ServiceLog;
}

/** Changes that belong to a change of logins: to be stored in its batch. */
export interface ErrandDesk {
  /** Has something kept in the main bot's account data. @param onlyIfThere only where something is there that it takes the place of */
  keep(type: string, content: Content, onlyIfThere?: boolean): StoreChange;
  /** Has a person told something. @throws StorageError when no key is configured */
  tell(person: UserId, message: RoomMessage): StoreChange;
}

/** After errands were made: whoever asked for them commits them at a time of their own. */
const firstLookMs = 250;
const longestIdleMs = 60_000;
const giveUpNoticeMs = 3 * 24 * 3_600_000;

/**
 * Carries out at the homeserver what a change of logins asks for, soon after the change is stored, and again until the homeserver has it:
 *
 *   stored with the change -> done at the homeserver -> removed.
 *
 * A crash between the last two does it again, which is harmless: account data is set to the same, and a notice has its transaction id.
 */
export class LoginErrands implements ErrandDesk {
  readonly #options: LoginErrandsOptions;
  readonly #stop = new StopSignal();
  #isStarted = false;
  #callOff: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #isLookWanted = false;
  #idleMs = firstLookMs;
  #failures = 0;

  constructor(options: LoginErrandsOptions) {
    this.#options = options;
  }

  keep(type: string, content: Content, onlyIfThere = false): StoreChange {
    this.#lookSoon();
    const id = this.#options.ids.next();
    return this.#options.store.putAccountData({ id, type, content, ...(onlyIfThere ? { onlyIfThere } : {}) });
  }

  tell(person: UserId, message: RoomMessage): StoreChange {
    this.#lookSoon();
    return this.#options.store.putNotice({ id: this.#options.ids.next(), person, message, createdAt: this.#options.clock.now() });
  }

  /** Takes up what waits from before. */
  start(): void {
    this.#isStarted = true;
    this.#lookSoon();
  }

  /** Resolves when nothing is under way; an answer of the homeserver is not waited for. */
  async stop(): Promise<void> {
    this.#stop.give();
    this.#callOff?.();
    await this.#running;
  }

  #lookSoon(): void {
    this.#idleMs = firstLookMs;
    if (this.#running === undefined) this.#lookIn(firstLookMs);
    else this.#isLookWanted = true;
  }

  #lookIn(delayMs: number): void {
    this.#callOff?.();
    if (!this.#isStarted || this.#stop.isGiven) return;
    this.#callOff = this.#options.clock.after(delayMs, () => {
      this.#running = this.#look().finally(() => {
        this.#running = undefined;
        this.#lookIn(this.#nextDelayMs());
      });
    });
  }

  /** Errands that were made are committed later, at an unknown time: the looks for them become rarer. */
  #nextDelayMs(): number {
    const wanted = this.#isLookWanted;
    this.#isLookWanted = false;
    if (wanted) return firstLookMs;
    if (this.#failures > 0) return retryDelayMs(this.#failures, this.#options.random.fraction());
    this.#idleMs = Math.min(this.#idleMs * 2, longestIdleMs);
    return this.#idleMs;
  }

  async #look(): Promise<void> {
    try {
      const kept = await this.#keepAll();
      const told = kept === "away" ? "away" : await this.#tellAll();
      this.#failures = kept === "clear" && told === "clear" ? 0 : this.#failures + 1;
    } catch (error) {
      // The disk: looked again later.
      this.#failures += 1;
      this.#options.log.error({ error }, "What logins ask for at the homeserver could not be read or removed from the data folder");
    }
  }

  async #keepAll(): Promise<Pass> {
    const { store, unitOfWork } = this.#options;
    const errands = await store.accountData();
    const last = new Map(errands.map((errand) => [errand.type, errand]));
    let pass: Pass = "clear";
    for (const errand of last.values()) {
      const outcome = await this.#attempt(() => this.#keep(errand), "Something could not be kept in the bot's account data for Hookshot");
      if (outcome === "away") return "away";
      const ofType = errands.filter(({ type }) => type === errand.type);
      if (outcome === "done") await unitOfWork.commit(ofType.map((each) => store.removeAccountData(each)));
      // A copy that Hookshot could use must not stay because of one refusal.
      else pass = "left";
    }
    return pass;
  }

  async #keep({ type, content, onlyIfThere }: AccountDataErrand): Promise<void> {
    const { accountData } = this.#options;
    if (onlyIfThere === true) {
      const there = await accountData.get(type);
      if (there === undefined || there["deleted"] === true) return;
    }
    await accountData.set(type, content);
  }

  async #tellAll(): Promise<Pass> {
    const { store, unitOfWork, clock } = this.#options;
    let pass: Pass = "clear";
    for (const notice of await store.notices()) {
      const outcome = await this.#attempt(() => this.#options.tell(notice), "Somebody could not be told about a login of theirs");
      if (outcome === "away") return "away";
      const isTooOld = clock.now() - notice.createdAt > giveUpNoticeMs;
      if (outcome === "failed" && !isTooOld) pass = "left";
      else await unitOfWork.commit([store.removeNotice(notice)]);
    }
    return pass;
  }

  async #attempt(run: () => Promise<void>, failure: string): Promise<"done" | "refused" | "failed" | "away"> {
    try {
      return (await this.#stop.unlessGiven(run())) === stopped ? "away" : "done";
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      // Told at the first time and not at each: the homeserver may be away for hours.
      if (this.#failures === 0) this.#options.log.warn({ error }, failure);
      return meaningOf(error);
    }
  }
}

/** `left`: something has to be tried again. `away`: nothing can be done just now. */
type Pass = "clear" | "left" | "away";

/** `refused` is for certain; the answers of a proxy are not. */
function meaningOf({ isTransient, status, remoteCode }: RemoteError): "refused" | "failed" | "away" {
  if (isTransient) return status === undefined || status === 401 || status === 429 ? "away" : "failed";
  return status !== undefined && (remoteCode === undefined || remoteCode === "M_UNRECOGNIZED") ? "failed" : "refused";
}
