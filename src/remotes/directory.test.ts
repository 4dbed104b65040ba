import { describe, expect, it } from "vitest";
import { connectorRemote } from "../../test/support/memory-remotes.js";
import type { RemoteRule } from "../core/permissions.js";
import type { KnownRemote } from "../core/registered-remote.js";
import { RemoteDirectory, type RemoteSource } from "./directory.js";

const alice = "@alice:example.org";
const room = "!room:example.org";

const main = connectorRemote({ serviceId: "tracker", url: "https://a.test", id: 1, name: "main" });
const other = connectorRemote({ serviceId: "tracker", url: "https://b.test", id: 2, name: "other" });
const scanner: KnownRemote = { ...main, key: "ticketing-1", kind: "ticketing", name: "main" };
const apart: KnownRemote = { ...main, key: "integration-7", kind: "integration", id: 7, name: "apart", onlyBesideProjects: ["100"] };

function sourceOf(kind: RemoteSource["kind"], remotes: readonly KnownRemote[]): RemoteSource {
  return { kind, listRemotes: async () => remotes, findRemote: async (id) => remotes.find((remote) => remote.id === id) };
}

function directoryOf(rules?: readonly RemoteRule[]): RemoteDirectory {
  return new RemoteDirectory({
    sources: [sourceOf("connector", [main, other]), sourceOf("ticketing", [scanner]), sourceOf("integration", [apart])],
    ...(rules === undefined ? {} : { rules }),
    membersOf: (roomId) => (roomId === "!staff:example.org" ? new Set([alice]) : undefined),
    projectIdsIn: async (roomId) => (roomId === room ? ["100", "200"] : []),
  });
}

async function usable(rules: readonly RemoteRule[] | undefined, roomId?: typeof room): Promise<readonly string[]> {
  return (await directoryOf(rules).usableBy(alice, roomId)).map(({ key }) => key);
}

describe("the directory of registered remotes", () => {
  it.each([
    { title: "no rules", rules: undefined, keys: ["connector-1", "connector-2", "ticketing-1"] },
    { title: "rules that name nobody", rules: [], keys: [] },
    { title: "a name", rules: [{ actor: alice, remotes: ["connector/main"] }], keys: ["connector-1"] },
    { title: "an id", rules: [{ actor: "example.org", remotes: ["connector/#2"] }], keys: ["connector-2"] },
    { title: "a kind", rules: [{ actor: "*", remotes: ["connector/*"] }], keys: ["connector-1", "connector-2"] },
    { title: "everything", rules: [{ actor: "!staff:example.org", remotes: ["*"] }], keys: ["connector-1", "connector-2", "ticketing-1"] },
    { title: "somebody else", rules: [{ actor: "@bob:example.org", remotes: ["*"] }], keys: [] },
    { title: "a room whose members are not known", rules: [{ actor: "!unknown:example.org", remotes: ["*"] }], keys: [] },
    { title: "a name in another case", rules: [{ actor: alice, remotes: ["connector/Main"] }], keys: [] },
    {
      title: "two rules for one person",
      rules: [
        { actor: alice, remotes: ["connector/main"] },
        { actor: "*", remotes: ["ticketing/main"] },
      ],
      keys: ["connector-1", "ticketing-1"],
    },
  ])("lets people use what rules give them: $title", async ({ rules, keys }) => {
    expect(await usable(rules)).toEqual(keys);
  });

  it("offers what is there beside certain projects only in rooms that are connected to one of them", async () => {
    expect(await usable(undefined, room)).toContain("integration-7");
    expect(await usable(undefined)).not.toContain("integration-7");
    expect((await directoryOf().usableBy(alice, "!elsewhere:example.org")).map(({ key }) => key)).not.toContain("integration-7");
  });

  it.each(["connector-1", "ticketing-1", "integration-7"])("finds %s by its key", async (key) => {
    expect((await directoryOf().find(key))?.key).toBe(key);
  });

  it.each(["connector-3", "connector-01", "connector-1x", "connector", "folder-1", "../connector-1", "connector-99999999999999999"])(
    "finds nothing by the key %s",
    async (key) => {
      expect(await directoryOf().find(key)).toBeUndefined();
    },
  );

  it("reads no other to find one by a name that is unique", async () => {
    const listRemotes = (): Promise<never> => Promise.reject(new TypeError("all were read"));
    const source = {
      ...sourceOf("connector", []),
      listRemotes,
      findRemoteNamed: async (name: string) => (name === "main" ? main : undefined),
    };
    const directory = new RemoteDirectory({ sources: [source], membersOf: () => undefined, projectIdsIn: async () => [] });

    expect(await directory.named("connector", "main")).toEqual([main]);
    expect(await directory.named("connector", "#9")).toEqual([]);
  });

  it.each([
    { typed: "other", keys: ["connector-2"] },
    { typed: "#2", keys: ["connector-2"] },
    { typed: "Other", keys: [] },
    { typed: "#9", keys: [] },
  ])("finds by name or id: $typed", async ({ typed, keys }) => {
    expect((await directoryOf().named("connector", typed)).map(({ key }) => key)).toEqual(keys);
  });
});
