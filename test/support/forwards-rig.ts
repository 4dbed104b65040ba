import { MemoryLevel } from "memory-level";
import { onPremiseDevinfoPath } from "../../src/apis/devinfo/schema.js";
import type { DevinfoSubmission, SubmittedRepository } from "../../src/core/devinfo.js";
import { type StorageError } from "../../src/core/errors.js";
import type { DevinfoOutcome, RecordedRepository } from "../../src/core/ports/devinfo.js";
import type { StoreChange } from "../../src/core/ports/unit-of-work.js";
import { IdSource } from "../../src/delivery/id-source.js";
import type { ForwardLimits } from "../../src/devinfo/forward-queue.js";
import { DevinfoForwards, type ConfiguredForward } from "../../src/devinfo/forwards.js";
import { Secret } from "../../src/shared/secret.js";
import type { Database } from "../../src/storage/database.js";
import { GroupCommit } from "../../src/storage/group-commit.js";
import { createDevinfoForwardStore } from "../../src/storage/stores/devinfo-forward-store.js";
import { DevinfoSite } from "./devinfo-site.js";
import { ManualClock } from "./manual-clock.js";
import { poll } from "./poll.js";
import { recordingLog } from "./recording-log.js";
import { seededRandom } from "./seeded-random.js";

export const siteUrl = "https://site.example.net";

interface RigOptions {
  readonly database?: Database;
  readonly site?: DevinfoSite;
  readonly clock?: ManualClock;
  /** Of the process: a later one has a higher number. */
  readonly start?: number;
  readonly forward?: readonly Partial<ConfiguredForward>[];
  readonly limits?: ForwardLimits;
}

/** A submission of one repository, as it may come through the API. */
export function submittedRepository(id: string, entries: SubmittedRepository["entries"] = []): SubmittedRepository {
  return { id, updateSequenceId: 5n, json: JSON.stringify({ id, name: id, url: "https://git.example" }), entries };
}

export function stored(repository: SubmittedRepository): RecordedRepository {
  return { repository, result: "stored", entries: repository.entries.map((entry) => ({ entry, result: "stored" })) };
}

export function submission(provider: string, repositories: readonly SubmittedRepository[]): DevinfoSubmission {
  return { provider, repositories, isBackfill: false, preventTransitions: false };
}

export function bodyOf(repositoryId: string): Buffer {
  return Buffer.from(JSON.stringify({ repositories: [{ id: repositoryId, name: "ä", sent: "as it is" }] }));
}

/** Copies for a site over a store, both in memory. */
export class ForwardsRig {
  readonly clock: ManualClock;
  readonly site: DevinfoSite;
  readonly database: Database;
  readonly log = recordingLog();
  readonly forwards: DevinfoForwards;
  /** Fails what is written. */
  storageError: StorageError | undefined;
  readonly #work: GroupCommit;

  constructor({ database, site, clock, start = 1, forward = [{}], limits }: RigOptions = {}) {
    this.clock = clock ?? new ManualClock();
    this.site = site ?? new DevinfoSite();
    this.database = database ?? new MemoryLevel<string, string>();
    this.#work = new GroupCommit({ database: this.database, location: "memory", recover: () => new Promise(() => undefined) });
    this.forwards = new DevinfoForwards({
      forward: forward.map((given) => this.#configure(given)),
      store: createDevinfoForwardStore(this.database),
      unitOfWork: { commit: (changes) => this.#commit(changes) },
      ids: new IdSource({ count: start, token: "test" }),
      ...{ clock: this.clock, random: seededRandom(1), http: this.site, log: this.log.log },
      ...{ ownCloudId: "own", apiPath: onPremiseDevinfoPath },
      ...(limits === undefined ? {} : { limits }),
    });
  }

  static async started(options: RigOptions = {}): Promise<ForwardsRig> {
    const rig = new ForwardsRig(options);
    await rig.forwards.start();
    // Opened.
    await rig.forwards.list();
    return rig;
  }

  /** As the API takes it. @param body as it was sent */
  async submit(repositoryId: string, { provider = "ci", body = bodyOf(repositoryId) } = {}): Promise<void> {
    const about = { request: { body, refused: [], unknownIssueKeys: [] } };
    await this.record(submission(provider, [submittedRepository(repositoryId)]), about);
  }

  async record(
    submitted: DevinfoSubmission,
    about: Parameters<NonNullable<DevinfoForwards["observer"]["recorded"]>>[2] = {},
    outcome: DevinfoOutcome = { at: this.clock.now(), repositories: submitted.repositories.map(stored) },
  ): Promise<void> {
    const echo = await this.forwards.observer.recorded?.(submitted, outcome, about);
    await this.#commit(echo?.changes ?? []);
    this.forwards.observer.stored?.();
  }

  async delete(pathAndQuery: string, provider = "ci"): Promise<void> {
    await this.#commit((await this.forwards.observer.deleted?.(provider, { request: { pathAndQuery } })) ?? []);
    this.forwards.observer.stored?.();
  }

  /** Lets what needs no time happen: compression takes place beside us. */
  async until(isSo: () => boolean | Promise<boolean>, what = "it is so"): Promise<void> {
    const ask = async (): Promise<true | undefined> => {
      await this.clock.advance(0);
      return (await isSo()) ? true : undefined;
    };
    await poll(ask, { what, timeoutMs: 5_000, everyMs: 1 });
  }

  /** Everything was tried: nothing waits, and what was asked last is settled. */
  untilEmpty(): Promise<void> {
    return this.until(async () => (await this.forwards.list()).targets.every(({ waiting }) => waiting.count === 0), "nothing waits");
  }

  /** Keys of the store that have to do with copies, without the sites themselves. */
  async keys(): Promise<readonly string[]> {
    const keys = await this.database.keys().all();
    return keys.filter((key) => key.startsWith("!devinfo-forwards") && !key.startsWith("!devinfo-forwards-targets!"));
  }

  async #commit(changes: readonly StoreChange[]): Promise<void> {
    if (this.storageError !== undefined) throw this.storageError;
    await this.#work.commit(changes);
  }

  #configure(given: Partial<ConfiguredForward>): ConfiguredForward {
    const { clientId, clientSecret } = this.site;
    return { from: ["ci"], url: siteUrl, apiUrl: "https://api.example.com", clientId, clientSecret: new Secret(clientSecret), ...given };
  }
}
