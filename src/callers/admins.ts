import { Slots } from "../delivery/slots.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import { isPasswordOf, parsePasswordHash, type PasswordHash } from "../shared/password-hash.js";
import type { Random } from "../shared/random.js";
import type { Secret } from "../shared/secret.js";
import { AttemptBudget } from "./attempt-budget.js";
import type { Caller } from "./callers.js";
import { Digests, matchesOf } from "./digests.js";
import { unauthorized } from "./refusals.js";

/*
 * A password that is kept as a hash takes a quarter of a second of a core to check, on purpose. So that neither a busy program nor a
 * stranger makes us spend that all the time:
 *
 *   known lately to be right, or just being checked   ->  no other check
 *   no attempt left for that name                     ->  refused unchecked
 *   otherwise                                         ->  checked, two at once; wrong ones use up an attempt
 *
 * Each administrator has attempts of their own, and all other names have some together: who does not know a name cannot lock it out. A name
 * that nobody has is checked against somebody's hash, so that it takes as long as a wrong password.
 */

const checksAtOnce = 2;
/** One that takes longer waits for a machine under load; others may try. */
const slowCheckMs = 60_000;
const rememberMs = 5 * 60_000;
const attempts = { most: 10, refillMs: 5_000 } as const;
const warnEveryMs = 60_000;

/** An administrator of the configuration, with one of the two. */
export interface ConfiguredAdmin {
  readonly name: string;
  readonly password?: Secret;
  /** In PHC form. */
  readonly passwordHash?: Secret;
}

interface Entry {
  readonly name: string;
  readonly hash: PasswordHash;
  readonly digest: Buffer;
  readonly budget: AttemptBudget;
}

interface AdminsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Tests count and hold up checks. */
  readonly check?: typeof isPasswordOf;
}

/** Administrators of the configuration, who may call every API. */
export class Admins {
  readonly #options: AdminsOptions;
  readonly #digests: Digests;
  /** By name and password. */
  readonly #plain: readonly { readonly name: string; readonly digest: Buffer }[];
  /** By name. */
  readonly #hashed: readonly Entry[];
  readonly #budgetOfOthers: AttemptBudget;
  readonly #slots: Slots;
  /** Until when a name with its password needs no further check. There is one right password to a name, so these are few. */
  readonly #rightUntil = new Map<string, number>();
  readonly #underWay = new Map<string, Promise<boolean>>();
  #warnAgainAt = -Infinity;

  /** @throws TypeError for a hash that the configuration should have refused */
  constructor(admins: readonly ConfiguredAdmin[], options: AdminsOptions) {
    const { clock, random } = options;
    this.#options = options;
    const digests = new Digests(random);
    this.#digests = digests;
    this.#plain = admins.flatMap(({ name, password }) =>
      password === undefined ? [] : [{ name, digest: digests.of(name, password.reveal()) }],
    );
    this.#hashed = admins.flatMap(({ name, passwordHash }) => {
      if (passwordHash === undefined) return [];
      return [{ name, hash: readHash(passwordHash), digest: digests.of(name), budget: new AttemptBudget({ ...attempts, clock }) }];
    });
    this.#budgetOfOthers = new AttemptBudget({ ...attempts, clock });
    this.#slots = new Slots({ count: checksAtOnce, slowAfterMs: slowCheckMs, clock });
  }

  /** @throws PermissionError */
  async find(name: string, password: string): Promise<Caller> {
    const digest = this.#digests.of(name, password);
    const isKnown = matchesOf(digest, this.#plain).length > 0;
    if (isKnown || (await this.#isRightByHash(name, password, digest.toString("base64")))) return { name, kind: "admin" };
    throw unauthorized();
  }

  async #isRightByHash(name: string, password: string, key: string): Promise<boolean> {
    if (this.#options.clock.now() < (this.#rightUntil.get(key) ?? -Infinity)) return true;
    this.#rightUntil.delete(key);
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) return underWay;
    const check = this.#check(name, password, key).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, check);
    return check;
  }

  async #check(name: string, password: string, key: string): Promise<boolean> {
    const [entry] = matchesOf(this.#digests.of(name), this.#hashed);
    const hash = (entry ?? this.#hashed[0])?.hash;
    if (hash === undefined) return false;
    const budget = entry?.budget ?? this.#budgetOfOthers;
    if (!budget.spend()) {
      this.#warnOfAttempts(entry);
      return false;
    }
    const { check = isPasswordOf } = this.#options;
    const fits = await this.#slots.run(() => check(hash, password));
    if (!fits || entry === undefined) return false;
    budget.giveBack();
    this.#rightUntil.set(key, this.#options.clock.now() + rememberMs);
    return true;
  }

  #warnOfAttempts(entry: Entry | undefined): void {
    const now = this.#options.clock.now();
    if (now < this.#warnAgainAt) return;
    this.#warnAgainAt = now + warnEveryMs;
    // A name that nobody has may be a password in the wrong place.
    const whose = entry === undefined ? "names without a passwordHash" : `the administrator ${entry.name}`;
    this.#options.log.warn(`Too many wrong passwords came for ${whose}; some are refused without being checked`);
  }
}

function readHash(secret: Secret): PasswordHash {
  const hash = parsePasswordHash(secret.reveal());
  if (hash === undefined) throw new TypeError("An administrator's password hash is not in the form that the configuration checks.");
  return hash;
}
