import type { RoomId, UserId } from "../core/ids.js";
import { matchesActor, matchesRemote, type MembersOf, type RemoteRule } from "../core/permissions.js";
import type { KnownRemote, RemoteKind } from "../core/registered-remote.js";

/** One registry, as far as its remotes go. */
export interface RemoteSource {
  readonly kind: RemoteKind;
  /** By id, ascending. Costs what it returns. */
  listRemotes(): Promise<readonly KnownRemote[]>;
  findRemote(id: number): Promise<KnownRemote | undefined>;
  /** Where no two have one name: whichever is called so. Costs what it returns. */
  findRemoteNamed?(name: string): Promise<KnownRemote | undefined>;
  /** Those of systems that no service speaks to. */
  listStoredOnly?(): Promise<readonly StoredRemote[]>;
}

export type StoredRemote = Pick<KnownRemote, "kind" | "id" | "name">;

export interface RemoteDirectoryOptions {
  readonly sources: readonly RemoteSource[];
  /** `registry.allow`; absent: nobody is narrowed. */
  readonly rules?: readonly RemoteRule[];
  readonly membersOf: MembersOf;
  /** Ids that the projects which a room is connected to have at their trackers. */
  readonly projectIdsIn: (roomId: RoomId) => Promise<readonly string[]>;
}

/** Everything that was registered, whatever it was registered as. */
export class RemoteDirectory {
  readonly #options: RemoteDirectoryOptions;

  constructor(options: RemoteDirectoryOptions) {
    this.#options = options;
  }

  async all(): Promise<readonly KnownRemote[]> {
    return (await Promise.all(this.#options.sources.map((source) => source.listRemotes()))).flat();
  }

  /** What was registered, and no service speaks to. */
  async storedOnly(): Promise<readonly StoredRemote[]> {
    return (await Promise.all(this.#options.sources.map(async (source) => (await source.listStoredOnly?.()) ?? []))).flat();
  }

  /** @param key for example `connector-3` */
  async find(key: string): Promise<KnownRemote | undefined> {
    const [, kind, id] = /^([a-z]+)-([1-9]\d{0,15})$/.exec(key) ?? [];
    return this.#options.sources.find((source) => source.kind === kind)?.findRemote(Number(id));
  }

  /** @param typed a name, or `#` and an id */
  async named(kind: RemoteKind, typed: string): Promise<readonly KnownRemote[]> {
    const source = this.#options.sources.find((candidate) => candidate.kind === kind);
    const [, id] = /^#([1-9]\d{0,15})$/.exec(typed) ?? [];
    const found = id === undefined ? undefined : await source?.findRemote(Number(id));
    if (found !== undefined) return [found];
    if (source?.findRemoteNamed === undefined) return ((await source?.listRemotes()) ?? []).filter(({ name }) => name === typed);
    const named = await source.findRemoteNamed(typed);
    return named === undefined ? [] : [named];
  }

  /** Those that a person may use for rooms, in that room. */
  async usableBy(actor: UserId, roomId?: RoomId): Promise<readonly KnownRemote[]> {
    const allowed = (await this.all()).filter((remote) => this.#isAllowed(actor, remote));
    if (allowed.every(({ onlyBesideProjects }) => onlyBesideProjects === undefined)) return allowed;
    const here = new Set(roomId === undefined ? [] : await this.#options.projectIdsIn(roomId));
    return allowed.filter(({ onlyBesideProjects }) => onlyBesideProjects?.some((id) => here.has(id)) ?? true);
  }

  #isAllowed(actor: UserId, remote: KnownRemote): boolean {
    const { rules, membersOf } = this.#options;
    if (rules === undefined) return true;
    return rules.some(
      (rule) => matchesActor(rule.actor, actor, membersOf) && rule.remotes.some((pattern) => matchesRemote(pattern, remote)),
    );
  }
}
