import { apiScopes, limitedScopes } from "../core/api-scopes.js";
import { NotFoundError, ValidationError } from "../core/errors.js";
import { isRemotePattern, remotePatternForms } from "../core/permissions.js";
import type { ApiToken, ApiTokenStore, UsedApiToken } from "../core/ports/api-token-store.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import { KeyedMutex } from "../delivery/keyed-mutex.js";
import type { Clock } from "../shared/clock.js";
import type { Random } from "../shared/random.js";
import { hasEnded } from "./created-tokens.js";
import { hashSecret, newTokenParts, tokenText, type TokenParts } from "./token-text.js";

/** A token as an administrator sees it: nothing of its secret. */
export type ShownToken = Omit<UsedApiToken, "secretHash">;

export interface NewToken {
  readonly name: string;
  readonly scopes: readonly string[];
  /** Registered remotes to which it is limited; absent: all. */
  readonly targets?: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

export interface MadeToken extends ShownToken {
  /** The token itself, which is told this once. */
  readonly token: string;
}

/** What an administrator can do with tokens while Switchboard runs. */
export interface TokenDesk {
  /** Those that were made here, the oldest first; ended ones stay until they are revoked. */
  list(): Promise<readonly ShownToken[]>;
  /**
   * Stored, synced, when it resolves.
   * @throws ValidationError when the name is taken, a scope or target is none, or it would have ended already; StorageError
   */
  create(wanted: NewToken): Promise<MadeToken>;
  /**
   * From then on it is refused; synced when it resolves.
   * @param idOrName an id goes before a name
   * @throws NotFoundError; ValidationError when several have the name; StorageError
   */
  revoke(idOrName: string): Promise<ShownToken>;
}

interface TokenDeskOptions {
  /** Callers of the configuration, whose names are taken. */
  readonly configuredNames: readonly string[];
  readonly store: ApiTokenStore;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly random: Random;
}

export function createTokenDesk({ configuredNames, store, unitOfWork, clock, random }: TokenDeskOptions): TokenDesk {
  // One after the other: of two that want the same name, the second has to find the first.
  const turns = new KeyedMutex();

  async function create(wanted: NewToken): Promise<MadeToken> {
    checkScopes(wanted.scopes);
    checkTargets(wanted);
    if (wanted.expiresAt !== undefined && wanted.expiresAt <= clock.now()) {
      throw new ValidationError("The token would have ended already; name a time to come.");
    }
    const known = await store.list();
    checkName(wanted.name, known);
    const parts = newParts(known);
    const token: ApiToken = {
      ...wanted,
      id: parts.id,
      secretHash: hashSecret(parts.secret),
      scopes: [...new Set(wanted.scopes)],
      createdAt: clock.now(),
    };
    await unitOfWork.commit(store.put(token));
    return { ...show(token), token: tokenText(parts) };
  }

  function checkName(name: string, known: readonly ApiToken[]): void {
    if (configuredNames.includes(name)) {
      throw new ValidationError(`${name} is a caller of the configuration already; choose another name.`);
    }
    const other = known.find((token) => token.name === name && !hasEnded(token, clock.now()));
    if (other === undefined) return;
    throw new ValidationError(`The token ${other.id} has the name ${name} already; revoke it, or choose another name.`);
  }

  function newParts(known: readonly ApiToken[]): TokenParts {
    for (;;) {
      const parts = newTokenParts(random);
      if (!known.some(({ id }) => id === parts.id)) return parts;
    }
  }

  async function revoke(idOrName: string): Promise<ShownToken> {
    const token = findToken(idOrName, await store.list());
    await unitOfWork.commit(store.remove(token.id));
    return show(token);
  }

  function findToken(idOrName: string, known: readonly UsedApiToken[]): UsedApiToken {
    const byId = known.find(({ id }) => id === idOrName);
    const [first, ...others] = byId === undefined ? known.filter(({ name }) => name === idOrName) : [byId];
    if (first === undefined) throw noSuchToken(configuredNames.includes(idOrName));
    if (others.length === 0) return first;
    const ids = [first, ...others].map(({ id }) => id).join(", ");
    throw new ValidationError(`Several tokens have the name ${idOrName}; name one by its id: ${ids}.`);
  }

  return {
    list: async () => (await store.list()).map(show),
    create: (wanted) => turns.run("tokens", () => create(wanted)),
    revoke: (idOrName) => turns.run("tokens", () => revoke(idOrName)),
  };
}

function show({ secretHash: _, ...shown }: UsedApiToken): ShownToken {
  return shown;
}

function checkScopes(scopes: readonly string[]): void {
  const unknown = scopes.find((scope) => !apiScopes.includes(scope));
  if (unknown !== undefined) throw new ValidationError(`${unknown} is no scope. There is: ${apiScopes.join(", ")}.`);
  if (scopes.length === 0) throw new ValidationError(`A token needs a scope at least. There is: ${apiScopes.join(", ")}.`);
}

function checkTargets({ targets, scopes }: NewToken): void {
  if (targets === undefined) return;
  const wrong = targets.find((target) => !isRemotePattern(target));
  if (wrong !== undefined) throw new ValidationError(`${wrong} is no target. Write ${remotePatternForms}.`);
  if (targets.length === 0) throw new ValidationError("A token that is limited to no target could do nothing.");
  const others = scopes.filter((scope) => !limitedScopes.includes(scope));
  // Who asks for less must not get more.
  if (others.length > 0) throw new ValidationError(`Targets limit nothing of ${others.join(", ")}; make a token of its own for that.`);
}

/** What was typed may be a whole token, and this is shown and logged. */
function noSuchToken(isConfigured: boolean): NotFoundError {
  return new NotFoundError(
    isConfigured
      ? "That is a caller of the configuration: take it out there."
      : "There is no token by that id or name. Of a token, the id is the part between sb_ and the next _.",
  );
}
