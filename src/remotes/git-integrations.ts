import type { HttpClient } from "../core/ports/http-client.js";
import type { IndexedIntegration, IntegrationSource, RepositoryDesk } from "../core/ports/git-integrations.js";
import type { KnownRemote } from "../core/registered-remote.js";
import type { RemoteSource } from "./directory.js";
import {
  showGitIntegration,
  toGitDraft,
  toGitRecord,
  type GitIntegration,
  type GitIntegrationFields,
  type SentGitIntegration,
} from "./git-integration.js";
import { changeGitIntegration, draftGitIntegration } from "./git-integration-draft.js";
import { indexedGitIntegration, knownGitIntegration } from "./git-integration-remote.js";
import { findGitProblems, findTakenSecrets, judgeGitTarget, type GitChange, type GitProblems } from "./git-integration-rules.js";
import type { GitIntegrationType } from "./git-integration-type.js";
import type { Registry } from "./registry.js";

export interface GitIntegrationsOptions {
  /** Names are not unique. What is removed has to take its repositories along (`RepositoryDesk.forget`). */
  readonly registry: Registry<GitIntegrationFields>;
  readonly types: readonly GitIntegrationType[];
  /** The guarded client, which judges addresses as they are typed. */
  readonly http: Pick<HttpClient, "check">;
  readonly desk: Pick<RepositoryDesk, "wake">;
}

/** What was sent does not fit; nothing was stored. */
export interface UnfitGitIntegration {
  readonly kind: "unfit";
  readonly problems: GitProblems;
}

export type GitIntegrationCreation = { readonly kind: "created"; readonly integration: GitIntegration } | UnfitGitIntegration;

export type GitIntegrationChange =
  { readonly kind: "changed" | "unchanged"; readonly integration: GitIntegration } | { readonly kind: "unknown" } | UnfitGitIntegration;

/** The registered git hosts. None of them is asked for anything here: their repositories are read behind the answer. */
export class GitIntegrations implements IntegrationSource, RemoteSource {
  readonly kind = "integration";
  readonly #options: GitIntegrationsOptions;

  constructor(options: GitIntegrationsOptions) {
    this.#options = options;
  }

  /** All of them, by id. */
  async all(): Promise<readonly GitIntegration[]> {
    return (await this.#options.registry.all()).map(showGitIntegration);
  }

  async find(id: number): Promise<GitIntegration | undefined> {
    const record = await this.#options.registry.get(id);
    return record && showGitIntegration(record);
  }

  /** @param sent with a type of the list, and no empty texts for secrets. @throws StorageError when no key is configured, or the disk does not take it */
  async create(sent: SentGitIntegration & { readonly type: string }): Promise<GitIntegrationCreation> {
    const { registry, http, desk } = this.#options;
    const type = this.#typeOf(sent.type);
    const draft = draftGitIntegration(sent, type);
    const unfit = findGitProblems(draft, type);
    const problems = unfit.length > 0 ? unfit : judgeGitTarget(draft, type, http);
    if (problems.length > 0) return { kind: "unfit", problems };
    const outcome = await registry.create(toGitRecord(draft));
    if (outcome.kind === "name taken") throw unexpectedName();
    desk.wake(outcome.record.id);
    return { kind: "created", integration: showGitIntegration(outcome.record) };
  }

  /** @param sent what is to change; the type may be there if it stays. @throws StorageError */
  async change(id: number, sent: SentGitIntegration): Promise<GitIntegrationChange> {
    let problems: GitProblems = [];
    const outcome = await this.#options.registry.change(id, (record) => {
      const before = toGitDraft(record);
      const after = changeGitIntegration(before, sent, this.#typeOf(before.type));
      problems = this.#findChangeProblems({ before, after, sent });
      return problems.length === 0 ? toGitRecord(after) : record;
    });
    if (problems.length > 0) return { kind: "unfit", problems };
    if (outcome.kind === "unknown") return outcome;
    if (outcome.kind === "name taken") throw unexpectedName();
    if (outcome.kind === "changed") this.#options.desk.wake(id);
    return { kind: outcome.kind, integration: showGitIntegration(outcome.record) };
  }

  /** Its repositories go with it. @returns what was removed. @throws StorageError */
  async remove(id: number): Promise<GitIntegration | undefined> {
    const record = await this.#options.registry.remove(id);
    if (record === undefined) return undefined;
    this.#options.desk.wake(id);
    return showGitIntegration(record);
  }

  async get(id: number): Promise<IndexedIntegration | undefined> {
    const record = await this.#options.registry.get(id);
    return record && indexedGitIntegration(record, this.#typeOf(record.fields.type));
  }

  async list(after: number, limit: number): Promise<readonly IndexedIntegration[]> {
    const records = await this.#options.registry.list(after, limit);
    return records.map((record) => indexedGitIntegration(record, this.#typeOf(record.fields.type)));
  }

  async listRemotes(): Promise<readonly KnownRemote[]> {
    return (await this.#options.registry.all()).map((record) => knownGitIntegration(record, this.#typeOf(record.fields.type)));
  }

  async findRemote(id: number): Promise<KnownRemote | undefined> {
    const record = await this.#options.registry.get(id);
    return record && knownGitIntegration(record, this.#typeOf(record.fields.type));
  }

  #findChangeProblems(change: GitChange): GitProblems {
    const { before, after, sent } = change;
    if (sent.type !== undefined && sent.type !== before.type) return [`type cannot be changed: it is ${before.type}.`];
    const type = this.#typeOf(before.type);
    const problems = findGitProblems(after, type);
    if (problems.length > 0) return problems;
    const taken = findTakenSecrets(change, type);
    // An address that may not be asked any more is told when it is asked.
    return taken.length > 0 || sent.origin === undefined ? taken : judgeGitTarget(after, type, this.#options.http);
  }

  #typeOf(id: string): GitIntegrationType {
    const type = this.#options.types.find((each) => each.id === id);
    if (type === undefined) throw new TypeError(`A git integration is of a type that this version does not know: ${id}`);
    return type;
  }
}

/** The registry of git integrations lets several have one name. */
function unexpectedName(): TypeError {
  return new TypeError("The name of a git integration was refused as taken");
}
