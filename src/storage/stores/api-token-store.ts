import type { ApiToken, ApiTokenStore } from "../../core/ports/api-token-store.js";
import type { Database } from "../database.js";

/** Tokens of the APIs, by id. When each was used last has a record of its own, so that it is never written over a token that was removed. */
export function createApiTokenStore(database: Database): ApiTokenStore {
  const tokens = database.sublevel("api-tokens");
  const uses = database.sublevel("api-token-uses");
  const tokenKey = (id: string): string => tokens.prefixKey(id, "utf8", false);
  const useKey = (id: string): string => uses.prefixKey(id, "utf8", false);

  return {
    async get(id) {
      const stored = await tokens.get(id);
      return stored === undefined ? undefined : parseToken(stored);
    },
    async list() {
      const kept = (await tokens.values().all()).map(parseToken);
      const used = await uses.getMany(kept.map(({ id }) => id));
      const listed = kept.map((token, index) => withUse(token, used[index]));
      return listed.sort((left, right) => left.createdAt - right.createdAt);
    },
    put: (token) => [{ type: "put", key: tokenKey(token.id), value: JSON.stringify(token) }],
    remove: (id) => [
      { type: "del", key: tokenKey(id) },
      { type: "del", key: useKey(id) },
    ],
    noteUse: (id, at) => ({ type: "put", key: useKey(id), value: String(at) }),
  };
}

function withUse(token: ApiToken, usedAt: string | undefined): ApiToken & { readonly lastUsedAt?: number } {
  return usedAt === undefined ? token : { ...token, lastUsedAt: Number(usedAt) };
}

function parseToken(stored: string): ApiToken {
  // Only `put` writes there.
  return JSON.parse(stored) as ApiToken;
}
