import type { HookshotLogins, LoginRenewal, PersonalLogins } from "../../src/core/ports/personal-logins.js";
import type { UserId } from "../../src/core/ids.js";
import type { StoreChange } from "../../src/core/ports/unit-of-work.js";

interface MemoryLoginsOptions {
  readonly canKeep?: boolean;
  readonly now?: () => number;
}

/** Logins in memory; a change counts from the moment it is made. Renewal is asked when a login has ended, and not watched further. */
export class MemoryLogins implements PersonalLogins {
  readonly canKeep: boolean;
  readonly kept = new Map<string, string>();
  /** What Hookshot keeps, by account-data type; taken over once. */
  readonly ofHookshot = new Map<string, string>();
  /** Account-data types that were marked deleted, and what was written for Hookshot. */
  readonly forgotten: string[] = [];
  readonly writtenForHookshot: { readonly accountDataType: string; readonly text: string }[] = [];
  readonly begun: { readonly person: string; readonly remote: string | undefined }[] = [];
  readonly #now: () => number;

  constructor({ canKeep = true, now = () => Date.UTC(2026, 0, 1) }: MemoryLoginsOptions = {}) {
    this.canKeep = canKeep;
    this.#now = now;
  }

  async get(person: string, remote: string): Promise<string | undefined> {
    return this.kept.get(keyOf(person, remote));
  }

  async all(after: readonly [UserId, string] | undefined, limit: number): Promise<readonly (readonly [UserId, string])[]> {
    const keys = [...this.kept.keys()].sort().filter((key) => after === undefined || key > keyOf(...after));
    // Made by `keyOf`: neither holds a blank.
    return keys.slice(0, limit).map((key) => key.split(" ") as unknown as readonly [UserId, string]);
  }

  async list(person: string): Promise<readonly string[]> {
    return [...this.kept.keys()].filter((key) => key.startsWith(`${person} `)).map((key) => key.slice(person.length + 1));
  }

  put(person: string, remote: string, login: string): StoreChange {
    this.kept.set(keyOf(person, remote), login);
    return { type: "put", key: `login ${keyOf(person, remote)}`, value: "sealed" };
  }

  remove(person: string, remote: string): StoreChange {
    this.kept.delete(keyOf(person, remote));
    return { type: "del", key: `login ${keyOf(person, remote)}` };
  }

  async fresh(person: string, remote: string, renewal: LoginRenewal, rejected?: string): Promise<string | undefined> {
    const login = this.kept.get(keyOf(person, remote));
    if (login === undefined) return undefined;
    const endsAt = renewal.endsAt(login);
    if (login !== rejected && (endsAt === undefined || endsAt > this.#now())) return login;
    const renewed = await renewal.renew(login);
    if (renewed.kind === "renewed") this.kept.set(keyOf(person, remote), renewed.login);
    else this.kept.delete(keyOf(person, remote));
    return this.kept.get(keyOf(person, remote));
  }

  async begin(person: string, remote?: string): Promise<string> {
    this.begun.push({ person, remote });
    return `https://remote.example.org/authorize?state=state${this.begun.length}`;
  }

  async takeOver(person: string, { accountDataTypes, read }: HookshotLogins): Promise<void> {
    for (const type of accountDataTypes) {
      const text = this.ofHookshot.get(type);
      this.ofHookshot.delete(type);
      for (const { remote, login } of text === undefined ? [] : read(text)) this.kept.set(keyOf(person, remote), login);
    }
  }

  forgetHookshots(_person: string, accountDataTypes: readonly string[]): readonly StoreChange[] {
    this.forgotten.push(...accountDataTypes);
    for (const type of accountDataTypes) this.ofHookshot.delete(type);
    return [];
  }

  writeForHookshot(accountDataType: string, text: string): readonly StoreChange[] {
    this.writtenForHookshot.push({ accountDataType, text });
    return [];
  }
}

function keyOf(person: string, remote: string): string {
  return `${person} ${remote}`;
}

export function createMemoryLogins(options: MemoryLoginsOptions = {}): MemoryLogins {
  return new MemoryLogins(options);
}
