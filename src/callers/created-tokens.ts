import { timingSafeEqual } from "node:crypto";
import type { ApiToken, ApiTokenStore } from "../core/ports/api-token-store.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { Clock } from "../shared/clock.js";
import type { Log } from "../shared/log.js";
import { RecentMap } from "../shared/recent-map.js";
import type { ScopedCaller } from "./callers.js";
import { lacksScope, unauthorized } from "./refusals.js";
import { hashSecret, readTokenText } from "./token-text.js";

const noteEveryMs = 60_000;
const remembered = 1_000;
/** Of no secret that anybody knows: compared where there is no token, so that it takes as long as where there is one. */
const hashOfNone = "0".repeat(64);

interface CreatedTokensOptions {
  readonly store: ApiTokenStore;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly log: Log;
}

/** Tokens that were made while Switchboard ran. */
export class CreatedTokens {
  readonly #options: CreatedTokensOptions;
  /** When the use of a token was noted last. */
  readonly #notedAt = new RecentMap<string, number>(remembered);

  constructor(options: CreatedTokensOptions) {
    this.#options = options;
  }

  /** @throws PermissionError */
  async find(text: string, scopes: readonly string[]): Promise<ScopedCaller> {
    const parts = readTokenText(text);
    if (parts === undefined) throw unauthorized();
    const token = await this.#options.store.get(parts.id);
    const isRight = isSame(hashSecret(parts.secret), token?.secretHash ?? hashOfNone);
    if (token === undefined || !isRight || hasEnded(token, this.#options.clock.now())) throw unauthorized();
    this.#noteUse(token.id);
    const allowed = scopes.filter((scope) => token.scopes.includes(scope));
    if (allowed.length === 0) {
      throw lacksScope(token.name, scopes, `Make another with \`switchboard token create --scope ${scopes[0] ?? ""}\`.`);
    }
    const { name, targets } = token;
    return { name, kind: "token", scopes: allowed, ...(targets === undefined ? {} : { targets }) };
  }

  /** Not waited for: the request does not depend on it, and a full disk does not make a token wrong. */
  #noteUse(id: string): void {
    const { store, unitOfWork, clock, log } = this.#options;
    const now = clock.now();
    if (now < (this.#notedAt.get(id) ?? -Infinity) + noteEveryMs) return;
    this.#notedAt.set(id, now);
    unitOfWork.commit([store.noteUse(id, now)]).catch((error: unknown) => {
      log.warn({ tokenId: id, error }, "The last use of a token could not be noted");
    });
  }
}

export function hasEnded({ expiresAt }: ApiToken, now: number): boolean {
  return expiresAt !== undefined && now >= expiresAt;
}

function isSame(left: string, right: string): boolean {
  // Both are SHA-256 in hexadecimal.
  return timingSafeEqual(Buffer.from(left, "hex"), Buffer.from(right, "hex"));
}
