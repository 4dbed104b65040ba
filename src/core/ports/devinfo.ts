import type { DevinfoEntityType, DevinfoEntry, DevinfoResult, DevinfoSubmission, StoredEntry, SubmittedRepository } from "../devinfo.js";
import type { RemoteEvent } from "../remote-event.js";
import type { StoreChange } from "./unit-of-work.js";

/**
 * Development information: what is stored of commits, branches and pull requests, and how it changes. The one way to read or change it, for
 * the API, for what we index ourselves, for webhooks and for chat.
 *
 * Changes of one repository are carried out in the order of the calls; a delete by properties is ordered against every earlier change of its
 * provider. What resolved is on disk. Every method costs what it returns, stores or removes.
 */
export interface Devinfo {
  /**
   * Stores what is newer than what is stored, with indexes, tags, and what `observers` add, in one synced batch. What is too large for one
   * batch is stored in several, of which the first has what observers add; an entity and its indexes are always in one.
   * @throws SwitchboardError HS_UNAVAILABLE when the disk does not take it; StorageError likewise
   */
  record(submission: DevinfoSubmission, about?: SubmissionDetails): Promise<DevinfoOutcome>;

  /** The repository and its 400 newest entities, by sequence, then by when they were accepted, newest first. */
  readRepository(provider: string, repositoryId: string): Promise<RepositoryReading | undefined>;
  /** Deletes it with its entities; with `upTo` only what has a sequence not above it, leaving a mark that keeps late ones out for 24 hours. */
  deleteRepository(provider: string, repositoryId: string, upTo?: bigint, about?: DeleteDetails): Promise<void>;
  deleteEntity(address: EntityAddress, upTo?: bigint, about?: DeleteDetails): Promise<void>;
  /** Deletes every repository of the provider that has all these tags. @param properties at least one */
  deleteByProperties(provider: string, properties: Readonly<Record<string, string>>, upTo?: bigint, about?: DeleteDetails): Promise<void>;
  existsByProperties(provider: string, properties: Readonly<Record<string, string>>, upTo?: bigint): Promise<boolean>;

  /**
   * Entities that name the issue, of all providers or of those given, newest first by when they happened.
   * @param key in upper case
   * @param after `next` of the page before
   */
  byIssueKey(
    key: string,
    page: { readonly limit: number; readonly after?: string; readonly providers?: ReadonlySet<string> },
  ): Promise<IssuePage>;
  /** Entities of one repository and type, by id; those after the given one. */
  list(provider: string, repositoryId: string, type: DevinfoEntityType, after: string, limit: number): Promise<readonly StoredEntry[]>;
  /** Ids of repositories with anything that names an issue of the project. @param projectKey in upper case */
  repositoriesOfProject(provider: string, projectKey: string): Promise<readonly string[]>;

  /** All that have data, by name. */
  providers(): Promise<readonly ProviderSummary[]>;
  /** The Jira that whoever sent something last was bound to, by its name; it stays when that caller goes. */
  instanceOf(provider: string): Promise<string | undefined>;
  /** @throws NotFoundError when it has no data; SwitchboardError HS_CONFLICTING_CONNECTION when the other has */
  renameProvider(provider: string, name: string): Promise<void>;
  /** Deletes all of it; what it had is gone at once and cleaned up behind. @throws NotFoundError */
  deleteProvider(provider: string): Promise<void>;
}

export interface EntityAddress {
  readonly provider: string;
  readonly repositoryId: string;
  readonly type: DevinfoEntityType;
  readonly id: string;
}

/** What is known of a submission besides its content. */
export interface SubmissionDetails {
  /** Stored in the same batch; in the last, where there are several. Asked in the submission's turn, before anything is written. */
  readonly also?: (outcome: DevinfoOutcome) => readonly StoreChange[] | Promise<readonly StoreChange[]>;
  /** Removes entities in the same batch, or behind what is stored, where there are several; those that are not there are passed over. */
  readonly remove?: readonly EntityAddress[];
  /** Present for what came through the API. */
  readonly request?: SubmittedRequest;
  /** The Jira that the caller is bound to, by its name. */
  readonly instance?: string;
}

/** A request of the API as it was sent and judged. */
export interface SubmittedRequest {
  /** The body; JSON in UTF-8. */
  readonly body: Buffer;
  /** Entities and repositories that were refused. */
  readonly refused: readonly RefusedDevinfo[];
  readonly unknownIssueKeys: readonly string[];
  /** `providerMetadata.product`. */
  readonly product?: string;
}

export interface RefusedDevinfo {
  readonly repositoryId: string;
  /** Absent for a repository's own record. */
  readonly type?: DevinfoEntityType;
  /** Its id, or its position such as `commits[3]`. */
  readonly id?: string;
  /** Keys of issues that it names and that fit the form. */
  readonly issueKeys: readonly string[];
  readonly messages: readonly string[];
}

export interface DeleteDetails {
  /**
   * Path below the API's prefix, with its query: as it was sent, or as the API would be asked for what we delete by ourselves. It is reported
   * and copied to other sites; absent: it is not.
   */
  readonly request?: { readonly pathAndQuery: string };
}

export interface DevinfoOutcome {
  /** When it was accepted; milliseconds since the epoch. */
  readonly at: number;
  /** Of each repository, in the order of the submission. */
  readonly repositories: readonly RecordedRepository[];
  /** Those of `SubmissionDetails.remove` that were stored and are not any more; absent where there are none. */
  readonly removed?: readonly EntityAddress[];
}

export interface RecordedRepository {
  readonly repository: SubmittedRepository;
  /** Of the record. */
  readonly result: DevinfoResult;
  /** Of its entries, in their order. */
  readonly entries: readonly RecordedEntry[];
}

export interface RecordedEntry {
  readonly entry: DevinfoEntry;
  readonly result: DevinfoResult;
  /** What it replaces or did not replace; absent where nothing is stored. */
  readonly before?: DevinfoEntry;
}

/** Told of every change in its turn, before it is written; what it gives is written with it. Must be quick, and cheap where it has nothing to say. */
export interface DevinfoObserver {
  recorded?(submission: DevinfoSubmission, outcome: DevinfoOutcome, about: SubmissionDetails): DevinfoEcho | Promise<DevinfoEcho>;
  deleted?(provider: string, about: DeleteDetails): readonly StoreChange[] | Promise<readonly StoreChange[]>;
  /** Told when what it gave is on disk. */
  stored?(): void;
}

export interface DevinfoEcho {
  readonly changes: readonly StoreChange[];
  /** Sent on its way to rooms in the same batch. */
  readonly events?: readonly { readonly serviceId: string; readonly event: RemoteEvent }[];
}

export interface RepositoryReading {
  readonly id: string;
  readonly updateSequenceId: bigint;
  /** As `SubmittedRepository.json`. */
  readonly json: string;
  /** In the order of the answer; a repository's whole answer is put together from texts, without parsing them. */
  readonly entries: readonly Pick<StoredEntry, "type" | "id" | "json">[];
}

export interface IssuePage {
  readonly entries: readonly (StoredEntry & { readonly repository: { readonly id: string; readonly json: string } })[];
  /** Absent on the last page. */
  readonly next?: string;
}

export interface ProviderSummary {
  readonly provider: string;
  readonly repositories: number;
}
