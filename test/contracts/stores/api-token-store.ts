import { describe, expect, it } from "vitest";
import type { ApiToken } from "../../../src/core/ports/api-token-store.js";
import { GroupCommit } from "../../../src/storage/group-commit.js";
import { createApiTokenStore } from "../../../src/storage/stores/api-token-store.js";
import type { OpenDatabase } from "./databases.js";

function token(id: string, createdAt = 1): ApiToken {
  return { id, name: `ä "${id}" 🎉`, secretHash: `hash of ${id}`, scopes: ["provisioning"], createdAt };
}

/** What every database must give the store of tokens of our APIs. */
export function apiTokenStoreContract(name: string, openDatabase: OpenDatabase): void {
  async function createStore() {
    const opened = await openDatabase();
    const work = new GroupCommit({ database: opened.database, location: name, recover: () => Promise.resolve() });
    return { opened, work, tokens: createApiTokenStore(opened.database) };
  }

  describe(`tokens of our APIs on ${name}`, () => {
    it("are kept and removed once the changes are committed", async () => {
      const { tokens, work } = await createStore();
      const changes = tokens.put({ ...token("a"), expiresAt: 9 });
      expect(await tokens.get("a")).toBeUndefined();

      await work.commit(changes);
      expect(await tokens.get("a")).toEqual({ ...token("a"), expiresAt: 9 });
      await work.commit([...tokens.remove("a"), ...tokens.remove("never")]);

      expect(await tokens.get("a")).toBeUndefined();
      expect(await tokens.list()).toEqual([]);
    });

    it("are listed the oldest first, with their last use", async () => {
      const { tokens, work } = await createStore();

      await work.commit([...tokens.put(token("a", 3)), ...tokens.put(token("b", 1)), ...tokens.put(token("c", 2))]);
      await work.commit([tokens.noteUse("b", 5), tokens.noteUse("b", 7)]);

      expect(await tokens.list()).toEqual([{ ...token("b", 1), lastUsedAt: 7 }, token("c", 2), token("a", 3)]);
      expect(await tokens.get("b")).toEqual(token("b", 1));
    });

    it("do not come back by a use that is noted after they were removed", async () => {
      const { tokens, work } = await createStore();
      await work.commit(tokens.put(token("a")));
      const use = tokens.noteUse("a", 5);

      await work.commit(tokens.remove("a"));
      await work.commit([use]);

      expect(await tokens.get("a")).toBeUndefined();
      expect(await tokens.list()).toEqual([]);
    });

    it("begin without a use where one had the same id before", async () => {
      const { tokens, work } = await createStore();
      await work.commit([...tokens.put(token("a")), tokens.noteUse("a", 5)]);

      await work.commit(tokens.remove("a"));
      await work.commit(tokens.put(token("a")));

      expect(await tokens.list()).toEqual([token("a")]);
    });

    it("are found again by the next process", async () => {
      const { tokens, work, opened } = await createStore();
      await work.commit([...tokens.put(token("a")), tokens.noteUse("a", 5)]);

      const next = createApiTokenStore(await opened.reopen());

      expect(await next.list()).toEqual([{ ...token("a"), lastUsedAt: 5 }]);
    });
  });
}
