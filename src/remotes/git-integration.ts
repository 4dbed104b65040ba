import type { RegisteredRecord } from "../core/ports/record-store.js";
import type { Draft } from "./registry.js";

/** What anybody who may see a git integration sees of it, beside its name and place; in the words of the API. */
export interface GitIntegrationSettings {
  readonly disabled: boolean;
  readonly sendCommitEmails: boolean;
  /** Minutes. */
  readonly maxMinsToCommitEmail: number;
  /** True: it serves every project, and `projectMappingIds` is empty. */
  readonly global: boolean;
  readonly revisionIndexing: boolean;
  readonly gitViewerEnabled: boolean;
  readonly disableSslVerification: boolean;
  readonly smartCommitsEnabled: boolean;
  readonly requireUserPat: boolean;
  /** Ids that projects have at their tracker. */
  readonly projectMappingIds: readonly number[];
  readonly sourcesDiffViewEnabled: boolean;
  readonly refSpecNotes: boolean;
  readonly refSpecChanges: boolean;
  readonly trustFolderStat: boolean;
  /** Regular expressions. */
  readonly tagsFilter?: string;
  readonly prHideFilter?: string;
  readonly apiPath?: string;
  readonly apiFilter?: string;
  readonly tfsCollection?: string;
  readonly awsRegion?: string;
  readonly folderDepth?: number;
  readonly refSpecCustom?: string;
}

export const gitSecretNames = ["username", "password", "pat"] as const;
export type GitSecretName = (typeof gitSecretNames)[number];

/** What is kept encrypted and never shown. */
export type GitSecrets = Readonly<Partial<Record<GitSecretName, string>>>;

/** A git integration as it lies in the store. */
export interface GitIntegrationFields {
  readonly type: string;
  /** As it was sent. */
  readonly origin: string;
  readonly settings: GitIntegrationSettings;
}

export type GitIntegrationRecord = RegisteredRecord<GitIntegrationFields>;

/** What somebody sent of a new integration, or of what is to change of one. An empty text takes away what was there. */
export interface SentGitIntegration {
  readonly type?: string;
  readonly displayName?: string;
  readonly origin?: string;
  readonly settings: Partial<GitIntegrationSettings>;
  readonly secrets: GitSecrets;
}

/** A registered one, without what is secret. */
export interface GitIntegration extends GitIntegrationFields {
  readonly id: number;
  readonly displayName: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** What a new integration has where nothing else is said. `global` is false where projects are named. */
export const usualGitSettings: GitIntegrationSettings = {
  disabled: false,
  sendCommitEmails: false,
  maxMinsToCommitEmail: 1440,
  global: true,
  revisionIndexing: true,
  gitViewerEnabled: true,
  disableSslVerification: false,
  smartCommitsEnabled: true,
  requireUserPat: false,
  projectMappingIds: [],
  sourcesDiffViewEnabled: true,
  refSpecNotes: true,
  refSpecChanges: false,
  trustFolderStat: false,
};

export function showGitIntegration({ id, name, fields, createdAt }: GitIntegrationRecord): GitIntegration {
  return { ...fields, id, displayName: name, createdAt };
}

/** An integration as it shall be, before it is a record. */
export interface GitIntegrationDraft extends GitIntegrationFields {
  readonly displayName: string;
  readonly secrets: GitSecrets;
}

export function toGitRecord({ displayName, secrets, type, origin, settings }: GitIntegrationDraft): Draft<GitIntegrationFields> {
  const kept = gitSecretNames.flatMap((name) => (secrets[name] === undefined ? [] : [[name, secrets[name]] as const]));
  return { name: displayName, fields: { type, origin, settings }, secrets: Object.fromEntries(kept) };
}

export function toGitDraft({ name, fields, secrets }: GitIntegrationRecord): GitIntegrationDraft {
  return { ...fields, displayName: name, secrets };
}
