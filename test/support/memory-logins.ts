import type { PersonalLogins } from "../../src/core/ports/personal-logins.js";
import type { StoreChange } from "../../src/core/ports/unit-of-work.js";

/** Logins in memory; a change counts from the moment it is made. */
export function createMemoryLogins(): PersonalLogins {
  const kept = new Map<string, string>();
  const keyOf = (person: string, remote: string): string => `${person} ${remote}`;
  return {
    canKeep: true,
    get: async (person, remote) => kept.get(keyOf(person, remote)),
    list: async (person) => [...kept.keys()].filter((key) => key.startsWith(`${person} `)).map((key) => key.slice(person.length + 1)),
    put(person, remote, login): StoreChange {
      kept.set(keyOf(person, remote), login);
      return { type: "put", key: `login ${keyOf(person, remote)}`, value: "sealed" };
    },
    remove(person, remote): StoreChange {
      kept.delete(keyOf(person, remote));
      return { type: "del", key: `login ${keyOf(person, remote)}` };
    },
  };
}
