import type { StoreChange } from "./unit-of-work.js";

/** A token that was made with `switchboard token create`. Of its secret only a hash is kept. */
export interface ApiToken {
  /** Stands in the token; it is no secret. */
  readonly id: string;
  readonly name: string;
  /** SHA-256 in hexadecimal. The secret is random and long, so nothing slower is needed. */
  readonly secretHash: string;
  readonly scopes: readonly string[];
  /** Registered remotes to which it is limited (`RemoteRule.remotes`); absent: all. */
  readonly targets?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Milliseconds since the epoch; from then on it is refused. Absent: it does not end by itself. */
  readonly expiresAt?: number;
}

export interface UsedApiToken extends ApiToken {
  /** Milliseconds since the epoch, to the minute; absent: never used. */
  readonly lastUsedAt?: number;
}

export interface ApiTokenStore {
  get(id: string): Promise<ApiToken | undefined>;
  /** All of them, the oldest first. */
  list(): Promise<readonly UsedApiToken[]>;
  put(token: ApiToken): readonly StoreChange[];
  remove(id: string): readonly StoreChange[];
  /** Kept beside the token: one that is removed meanwhile does not come back by it. */
  noteUse(id: string, at: number): StoreChange;
}
