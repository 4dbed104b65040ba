import { RemoteError } from "../core/errors.js";
import type { UserId } from "../core/ids.js";
import type { TicketStore, UndoableLogin } from "../core/ports/login-tickets.js";
import type { LoginRenewal, LoginStore, RenewedLogin } from "../core/ports/personal-logins.js";
import type { StoreChange, UnitOfWork } from "../core/ports/unit-of-work.js";
import type { ErrandDesk } from "./errands.js";
import { hashOf } from "./hashes.js";
import type { LoginNotices } from "./notices.js";
import type { RecentChanges } from "./recent-changes.js";

/*
 * A login that ends is renewed shortly before, once for all who need it at that time:
 *
 *   read -> (it ends soon, or the remote did not take it) -> read again -> the remote is asked -> read again -> stored, synced -> given
 *
 * From the last reading to the write nobody else has a turn, and what others are about to store there is known (recent-changes.ts): a login
 * that was removed or replaced meanwhile stays so.
 *
 * A remote that rotates its refresh tokens has forgotten the old one as soon as it answers: a crash between its answer and the write loses
 * the login, which nobody can help, and the person logs in again. A write that fails does not: what could not be written is kept in memory
 * and written at the next question.
 */

interface RenewalsOptions {
  readonly serviceId: string;
  readonly store: LoginStore;
  readonly undoable: TicketStore<UndoableLogin>;
  readonly errands: Pick<ErrandDesk, "tell">;
  readonly notices: Pick<LoginNotices, "ended">;
  readonly changes: Pick<RecentChanges, "isReplaced">;
  /** With a login that has ended, Hookshot's copy of it has: it is not to be taken over in its place. */
  readonly forgetHookshots: (person: UserId) => StoreChange;
  readonly commit: UnitOfWork["commit"];
  readonly now: () => number;
}

/** Renewed when it ends within this: what it is used for shall not take longer. */
const marginMs = 60_000;

type Outcome =
  | { readonly kind: "login"; readonly login: string }
  | { readonly kind: "none" }
  /** The remote could not be asked about this one. */
  | { readonly kind: "failed"; readonly login: string; readonly error: RemoteError };

type Renewed = Extract<RenewedLogin, { readonly kind: "renewed" }>;

/** Renews people's logins at one service. */
export class Renewals {
  readonly #options: RenewalsOptions;
  readonly #running = new Map<string, Promise<Outcome>>();
  /** What the remote gave and the disk did not take, with what it was given for. */
  readonly #unwritten = new Map<string, { readonly before: string; readonly renewed: Renewed }>();

  constructor(options: RenewalsOptions) {
    this.#options = options;
  }

  /** See `PersonalLogins.fresh`. */
  async fresh(person: UserId, remote: string, renewal: LoginRenewal, rejected?: string): Promise<string | undefined> {
    for (let round = 1; ; round += 1) {
      const login = await this.#read(person, remote);
      if (login === undefined || !this.#isDue(login, renewal, rejected)) return login;
      const outcome = await this.#renewOnce(person, remote, renewal, rejected);
      if (outcome.kind === "none") return undefined;
      // What somebody else was waiting for may be the one that was not taken here; asked for itself, the remote has the last word.
      if (outcome.kind === "login" && (outcome.login !== rejected || round > 1)) return outcome.login;
      if (outcome.kind === "failed") return this.#despite(outcome, renewal, rejected);
    }
  }

  #isDue(login: string, renewal: LoginRenewal, rejected: string | undefined): boolean {
    const endsAt = renewal.endsAt(login);
    return login === rejected || (endsAt !== undefined && endsAt - marginMs <= this.#options.now());
  }

  /** The old login, as long as it lasts. @throws RemoteError */
  #despite({ login, error }: Extract<Outcome, { readonly kind: "failed" }>, renewal: LoginRenewal, rejected: string | undefined): string {
    const endsAt = renewal.endsAt(login);
    if (login === rejected || (endsAt !== undefined && endsAt <= this.#options.now())) throw error;
    return login;
  }

  #renewOnce(person: UserId, remote: string, renewal: LoginRenewal, rejected: string | undefined): Promise<Outcome> {
    const key = keyOf(person, remote);
    const before = this.#running.get(key);
    if (before !== undefined) return before;
    const outcome = this.#renew(person, remote, renewal, rejected).finally(() => this.#running.delete(key));
    this.#running.set(key, outcome);
    return outcome;
  }

  async #renew(person: UserId, remote: string, renewal: LoginRenewal, rejected: string | undefined): Promise<Outcome> {
    const { changes, serviceId } = this.#options;
    const login = await this.#read(person, remote);
    if (login === undefined) return { kind: "none" };
    if (!this.#isDue(login, renewal, rejected)) return { kind: "login", login };
    let renewed: RenewedLogin;
    try {
      renewed = await this.#ask(person, remote, renewal, login);
    } catch (error) {
      if (error instanceof RemoteError) return { kind: "failed", login, error };
      throw error;
    }
    // Until it is stored.
    if (renewed.kind === "renewed") this.#unwritten.set(keyOf(person, remote), { before: login, renewed });
    const further = renewed.kind === "renewed" ? await this.#stillUndoable(person, remote, login, renewed.login) : [];
    const now = await this.#read(person, remote);
    if (now === undefined) return { kind: "none" };
    if (now !== login) return { kind: "login", login: now };
    if (changes.isReplaced([serviceId, person, remote], login)) return { kind: "failed", login, error: overtaken() };
    return renewed.kind === "ended" ? this.#end(person, remote, renewal) : this.#keep(person, remote, renewed, further);
  }

  async #read(person: UserId, remote: string): Promise<string | undefined> {
    const login = await this.#options.store.get(person, remote);
    const key = keyOf(person, remote);
    if (this.#unwritten.get(key)?.before !== login) this.#unwritten.delete(key);
    return login;
  }

  /** What the disk did not take before is not asked for again: the remote takes a refresh token once. */
  async #ask(person: UserId, remote: string, renewal: LoginRenewal, login: string): Promise<RenewedLogin> {
    const unwritten = this.#unwritten.get(keyOf(person, remote));
    if (unwritten?.before === login) return unwritten.renewed;
    return renewal.renew(login);
  }

  async #keep(person: UserId, remote: string, { login, changes = [] }: Renewed, further: readonly StoreChange[]): Promise<Outcome> {
    const { store, commit } = this.#options;
    await commit([store.put(person, remote, login), ...changes, ...further]);
    this.#unwritten.delete(keyOf(person, remote));
    return { kind: "login", login };
  }

  /** A login that is renewed within its first minutes can be undone all the same. */
  async #stillUndoable(person: UserId, remote: string, before: string, login: string): Promise<readonly StoreChange[]> {
    const { undoable, serviceId } = this.#options;
    const changes: StoreChange[] = [];
    for (const { id } of await undoable.ofPerson(person)) {
      const ticket = await undoable.get(id);
      if (ticket?.serviceId !== serviceId || ticket.remote !== remote || ticket.loginHash !== hashOf(before)) continue;
      changes.push(...undoable.put(id, { ...ticket, loginHash: hashOf(login) }));
    }
    return changes;
  }

  /** Removed and told in one batch: nobody loses a login without a word. */
  async #end(person: UserId, remote: string, renewal: LoginRenewal): Promise<Outcome> {
    const { store, errands, notices, forgetHookshots, commit } = this.#options;
    await commit([store.remove(person, remote), errands.tell(person, notices.ended(renewal)), forgetHookshots(person)]);
    return { kind: "none" };
  }
}

function keyOf(person: UserId, remote: string): string {
  return JSON.stringify([person, remote]);
}

function overtaken(): RemoteError {
  return new RemoteError("The login is being changed just now. Try again.");
}
