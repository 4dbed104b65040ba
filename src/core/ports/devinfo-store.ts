import type { DevinfoEntityType, DevinfoRepository, DevinfoSubmission, StoredDevinfo } from "../devinfo.js";
import type { StoreChange } from "./unit-of-work.js";

/**
 * What is known of commits, branches and pull requests. Reads see what was committed. Whoever submits to a repository does so one submission
 * at a time, each committed before the next is prepared.
 */
export interface DevinfoStore {
  /**
   * What a submission changes: entities and the record are replaced where the stored sequence is lower, and not written again where nothing but
   * the sequence would change.
   */
  submit(submission: DevinfoSubmission): Promise<DevinfoChanges>;
  repository(provider: string, repositoryId: string): Promise<DevinfoRepository | undefined>;
  /** Entities of one repository and type, by id; those after the given one. Costs what it returns. */
  list(provider: string, repositoryId: string, type: DevinfoEntityType, after: string, limit: number): Promise<readonly StoredDevinfo[]>;
  /** Entities that name the issue, of all providers. Costs what it returns. @param key in upper case */
  byIssueKey(key: string, limit: number): Promise<readonly StoredDevinfo[]>;
  /** Ids of repositories with anything that names an issue of the project. Costs what it returns. @param projectKey in upper case */
  repositoriesOfProject(provider: string, projectKey: string): Promise<readonly string[]>;
  /** Deletes entities by id; those that are not there are passed over. */
  remove(provider: string, repositoryId: string, type: DevinfoEntityType, ids: readonly string[]): Promise<readonly StoreChange[]>;
  /**
   * Deletes a part of a repository: entities first, the record last.
   * @returns nothing once nothing is left of it
   */
  removeSlice(provider: string, repositoryId: string, limit: number): Promise<readonly StoreChange[]>;
}

export interface DevinfoChanges {
  readonly changes: readonly StoreChange[];
  /** How many entities are new or changed. */
  readonly written: number;
}
