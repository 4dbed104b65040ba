import type { DevinfoEntry, DevinfoSubmission } from "../../src/core/devinfo.js";
import type {
  DeleteDetails,
  Devinfo,
  DevinfoOutcome,
  EntityAddress,
  RepositoryReading,
  SubmissionDetails,
} from "../../src/core/ports/devinfo.js";

type ApiDevinfo = Pick<
  Devinfo,
  "record" | "readRepository" | "deleteRepository" | "deleteEntity" | "deleteByProperties" | "existsByProperties"
>;

interface Kept {
  updateSequenceId: bigint;
  json: string;
  properties: Readonly<Record<string, string>>;
  readonly entries: Map<string, DevinfoEntry>;
}

/** Development information in memory, as plainly as the port can be meant; it remembers what it was asked. No marks of deletes. */
export class MemoryDevinfo implements ApiDevinfo {
  readonly recorded: { readonly submission: DevinfoSubmission; readonly about: SubmissionDetails | undefined }[] = [];
  readonly deletes: { readonly upTo: bigint | undefined; readonly about: DeleteDetails | undefined }[] = [];
  /** Thrown by every method, if set. */
  failure: Error | undefined;
  readonly #kept = new Map<string, Kept>();

  async record(submission: DevinfoSubmission, about?: SubmissionDetails): Promise<DevinfoOutcome> {
    this.#fail();
    this.recorded.push({ submission, about });
    for (const { id, updateSequenceId, json, entries } of submission.repositories) {
      const name = `${submission.provider}/${id}`;
      const kept: Kept = this.#kept.get(name) ?? { updateSequenceId: updateSequenceId - 1n, json, properties: {}, entries: new Map() };
      this.#kept.set(name, kept);
      if (updateSequenceId > kept.updateSequenceId) Object.assign(kept, { updateSequenceId, json });
      if (submission.properties !== undefined) kept.properties = submission.properties;
      for (const entry of entries) {
        const before = kept.entries.get(`${entry.type}/${entry.id}`);
        if (before === undefined || before.updateSequenceId < entry.updateSequenceId) kept.entries.set(`${entry.type}/${entry.id}`, entry);
      }
    }
    return { at: 0, repositories: [] };
  }

  async readRepository(provider: string, id: string): Promise<RepositoryReading | undefined> {
    this.#fail();
    const kept = this.#kept.get(`${provider}/${id}`);
    if (kept === undefined) return undefined;
    const entries = [...kept.entries.values()].sort(bySequence).slice(0, 400);
    return { id, updateSequenceId: kept.updateSequenceId, json: kept.json, entries };
  }

  async deleteRepository(provider: string, id: string, upTo?: bigint, about?: DeleteDetails): Promise<void> {
    this.#fail();
    this.deletes.push({ upTo, about });
    const kept = this.#kept.get(`${provider}/${id}`);
    if (kept === undefined) return;
    for (const [name, entry] of kept.entries) if (isUpTo(entry.updateSequenceId, upTo)) kept.entries.delete(name);
    if (isUpTo(kept.updateSequenceId, upTo) && kept.entries.size === 0) this.#kept.delete(`${provider}/${id}`);
  }

  async deleteEntity({ provider, repositoryId, type, id }: EntityAddress, upTo?: bigint, about?: DeleteDetails): Promise<void> {
    this.#fail();
    this.deletes.push({ upTo, about });
    const entries = this.#kept.get(`${provider}/${repositoryId}`)?.entries;
    const entry = entries?.get(`${type}/${id}`);
    if (entry !== undefined && isUpTo(entry.updateSequenceId, upTo)) entries?.delete(`${type}/${id}`);
  }

  async deleteByProperties(
    provider: string,
    properties: Readonly<Record<string, string>>,
    upTo?: bigint,
    about?: DeleteDetails,
  ): Promise<void> {
    this.#fail();
    if (this.#matching(provider, properties).length === 0) this.deletes.push({ upTo, about });
    for (const id of this.#matching(provider, properties)) await this.deleteRepository(provider, id, upTo, about);
  }

  async existsByProperties(provider: string, properties: Readonly<Record<string, string>>, upTo?: bigint): Promise<boolean> {
    this.#fail();
    return this.#matching(provider, properties).some((id) => isUpTo(this.#kept.get(`${provider}/${id}`)?.updateSequenceId ?? 0n, upTo));
  }

  #matching(provider: string, properties: Readonly<Record<string, string>>): readonly string[] {
    return [...this.#kept].flatMap(([name, kept]) => {
      const hasAll = Object.entries(properties).every(([key, value]) => kept.properties[key] === value);
      return hasAll && name.startsWith(`${provider}/`) ? [name.slice(provider.length + 1)] : [];
    });
  }

  #fail(): void {
    if (this.failure !== undefined) throw this.failure;
  }
}

function bySequence(left: DevinfoEntry, right: DevinfoEntry): number {
  return Number(right.updateSequenceId - left.updateSequenceId);
}

function isUpTo(sequence: bigint, upTo: bigint | undefined): boolean {
  return upTo === undefined || sequence <= upTo;
}
