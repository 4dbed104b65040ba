import { createHmac } from "node:crypto";
import { SwitchboardError } from "../core/errors.js";
import type { DevinfoClientStore } from "../core/ports/devinfo-client-store.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import type { Random } from "../shared/random.js";
import { RecentMap } from "../shared/recent-map.js";
import { equalInConstantTime, Secret } from "../shared/secret.js";
import { AttemptBudget } from "./attempt-budget.js";
import { isNobodysSecret, type DevinfoBook, type KnownClient } from "./devinfo-book.js";
import type { DevinfoCaller, GrantedToken } from "./devinfo-callers.js";
import { inOrder } from "./devinfo-scopes.js";
import { Digests } from "./digests.js";
import { unauthorized } from "./refusals.js";
import { hashSecret } from "./token-text.js";

/*
 * A token is 52 random characters. The store has its hash, and a proof: an HMAC, under the token, over what is known of the client's secret.
 * With another secret the proof is another, so a token ends when its client is removed or gets a new secret, whether here or in the
 * configuration, without anybody looking for it; and since only who has the token could try secrets against the proof, a weak secret of the
 * configuration is no weaker for it.
 *
 * Guesses at secrets: each client has attempts of its own, and all names that no client has share some. Who was right within the last hour
 * (which is four renewals) needs none, so a stranger cannot lock out a tool that works.
 */
const goodSeconds = 900;
const attempts = { most: 10, refillMs: 5_000 } as const;
const rememberMs = 60 * 60_000;
const remembered = 1_000;
const warnEveryMs = 60_000;
/** More than a grant adds, so that tokens never pile up. */
const removedAtOnce = 20;
const tokenForm = /^sbt_([0-9a-z]{52})$/;

interface DevinfoTokensOptions {
  readonly book: DevinfoBook;
  readonly store: DevinfoClientStore;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Tokens that clients trade their secret for. */
export class DevinfoTokens {
  readonly #options: DevinfoTokensOptions;
  readonly #digests: Digests;
  /** Until when an id with its secret needs no attempt, by their digest. */
  readonly #rightUntil = new RecentMap<string, number>(remembered);
  /** Of clients that there are. */
  readonly #budgets = new RecentMap<string, AttemptBudget>(remembered);
  readonly #budgetOfOthers: AttemptBudget;
  #warnAgainAt = -Infinity;

  constructor(options: DevinfoTokensOptions) {
    this.#options = options;
    this.#digests = new Digests(options.random);
    this.#budgetOfOthers = new AttemptBudget({ ...attempts, clock: options.clock });
  }

  /** @throws PermissionError; SwitchboardError HS_TOO_MANY_REQUESTS after too many wrong ones, HS_UNAVAILABLE when the disk does not take it */
  async grant(clientId: string, clientSecret: string): Promise<GrantedToken> {
    const client = await this.#options.book.client(clientId);
    const digest = this.#digests.of(clientId, clientSecret).toString("base64");
    const budget = this.#spendAttempt(clientId, client, digest);
    const isRight = client?.isSecret(clientSecret) ?? isNobodysSecret(clientSecret);
    if (client === undefined || !isRight) throw unauthorized();
    budget?.giveBack();
    this.#rightUntil.set(digest, this.#options.clock.now() + rememberMs);
    return this.#keepToken(clientId, client);
  }

  /** @throws PermissionError when nobody is known by it; StorageError */
  async find(text: string): Promise<DevinfoCaller> {
    const { store, book, clock } = this.#options;
    if (!tokenForm.test(text)) throw unauthorized();
    const token = await store.getToken(hashSecret(text));
    if (token === undefined || clock.now() >= token.expiresAt) throw unauthorized();
    const client = await book.client(token.clientId);
    if (client === undefined || !equalInConstantTime(token.proof, proofOf(text, client))) throw unauthorized();
    return client.caller;
  }

  async #keepToken(clientId: string, client: KnownClient): Promise<GrantedToken> {
    const { store, unitOfWork, clock, random } = this.#options;
    const text = `sbt_${random.token(52)}`;
    const now = clock.now();
    const token = { clientId, proof: proofOf(text, client), expiresAt: now + goodSeconds * 1000 };
    const changes = [...store.putToken(hashSecret(text), token), ...(await store.removeEnded(now, removedAtOnce))];
    await unitOfWork.commit(changes).catch((cause: unknown) => {
      throw new SwitchboardError("HS_UNAVAILABLE", "The token could not be stored just now; ask again.", { cause });
    });
    return { accessToken: new Secret(text), expiresInSeconds: goodSeconds, scopes: inOrder([...client.caller.scopes]) };
  }

  /** @returns undefined where none is needed */
  #spendAttempt(clientId: string, client: KnownClient | undefined, digest: string): AttemptBudget | undefined {
    if (client !== undefined && this.#options.clock.now() < (this.#rightUntil.get(digest) ?? -Infinity)) return undefined;
    const budget = client === undefined ? this.#budgetOfOthers : this.#budgetOf(clientId);
    if (budget.spend()) return budget;
    this.#warn(client === undefined ? "ids that no client has" : `the client ${clientId}`);
    throw new SwitchboardError("HS_TOO_MANY_REQUESTS", "Too many wrong secrets were sent; try again later.", {
      details: { retryAfterSeconds: attempts.refillMs / 1000 },
    });
  }

  #budgetOf(clientId: string): AttemptBudget {
    const known = this.#budgets.get(clientId);
    if (known !== undefined) return known;
    const budget = new AttemptBudget({ ...attempts, clock: this.#options.clock });
    this.#budgets.set(clientId, budget);
    return budget;
  }

  #warn(whose: string): void {
    const now = this.#options.clock.now();
    if (now < this.#warnAgainAt) return;
    this.#warnAgainAt = now + warnEveryMs;
    // An id that no client has may be a secret in the wrong place.
    this.#options.log.warn(`Too many wrong secrets came for ${whose}; some are refused without being checked`);
  }
}

function proofOf(token: string, { secretMark }: KnownClient): string {
  return createHmac("sha256", token).update(secretMark).digest("hex");
}
