import { describe, expect, it } from "vitest";
import { connection } from "../../test/support/bot-fakes.js";
import type { Connection } from "../core/connection.js";
import { findConnections } from "./find-by-remote-key.js";

const low = connection("low", { priority: 1 });
const high = connection("high", { priority: 2 });
const byKey: Readonly<Record<string, readonly Connection[]>> = { "example.org/PLAY": [low], "example.org#10": [high, low], nothing: [] };

function find(keys: readonly string[], answer: (found: readonly Connection[]) => Promise<readonly Connection[]> | readonly Connection[]) {
  return findConnections({ byRemoteKey: (_service, key) => answer(byKey[key] ?? []) }, "jira", keys);
}

describe("connections that listen to one of the keys", () => {
  const cases = [
    { keys: [], names: [] },
    { keys: ["nothing"], names: [] },
    { keys: ["example.org/PLAY"], names: ["low"] },
    { keys: ["nothing", "example.org/PLAY"], names: ["low"] },
    { keys: ["example.org/PLAY", "example.org#10"], names: ["high", "low"] },
  ];

  it.each(cases)("are known at once where the index knows them, each once: $keys", ({ keys, names }) => {
    // Not a promise: the event of one that has to be waited for goes the long way.
    expect(find(keys, (found) => found)).toEqual(names.map((name) => (name === "low" ? low : high)));
  });

  it.each(cases)("are the same where the index has to read: $keys", async ({ keys, names }) => {
    const later = await find(keys, (found) => Promise.resolve(found));

    expect(later).toEqual(names.map((name) => (name === "low" ? low : high)));
  });
});
