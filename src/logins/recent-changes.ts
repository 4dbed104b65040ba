import { hashOf } from "./hashes.js";

/** Service, person and, for a login, its remote. */
type ChangeKey = readonly string[];

/** What was made longer ago is stored, or never will be: whoever asks for a change stores it at once, which takes milliseconds. */
const countsForMs = 60_000;

/**
 * Changes that were handed out lately. Whoever asked for one stores it, and until the disk has it the store tells what was before: a decision
 * by the store alone would undo it. A logout must not be undone by a renewal, nor a new login by the undoing of the one before.
 */
export class RecentChanges {
  readonly #now: () => number;
  /** Oldest first: when each was made, and the hash of the login that it puts there. */
  readonly #made = new Map<string, { readonly atMs: number; readonly hash: string | undefined }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @param login absent: nothing is there any more */
  note(key: ChangeKey, login?: string): void {
    const text = JSON.stringify(key);
    for (const [old, { atMs }] of this.#made) {
      if (this.#counts(atMs)) break;
      this.#made.delete(old);
    }
    this.#made.delete(text);
    this.#made.set(text, { atMs: this.#now(), hash: login === undefined ? undefined : hashOf(login) });
  }

  has(key: ChangeKey): boolean {
    return this.#find(key) !== undefined;
  }

  /** Whether the login that the store has there is about to give way to something else. If it is what was put there, that change is over. */
  isReplaced(key: ChangeKey, login: string): boolean {
    const made = this.#find(key);
    if (made?.hash === hashOf(login)) this.#made.delete(JSON.stringify(key));
    return made !== undefined && made.hash !== hashOf(login);
  }

  #find(key: ChangeKey): { readonly hash: string | undefined } | undefined {
    const made = this.#made.get(JSON.stringify(key));
    return made !== undefined && this.#counts(made.atMs) ? made : undefined;
  }

  #counts(atMs: number): boolean {
    return this.#now() - atMs < countsForMs;
  }
}
