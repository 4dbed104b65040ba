import type { StoreChange } from "./unit-of-work.js";

/** Within which a fingerprint means one finding. */
export interface FindingGroup {
  /** Key of the registered remote, for example `connector-3`: its name may change. */
  readonly target: string;
  /** In lower case. */
  readonly project: string;
  readonly scanner: string;
}

/** What we know of a finding. */
export interface FindingRecord {
  readonly fingerprint: string;
  /** Absent while it is not known whether one was made. */
  readonly issue?: { readonly key: string; readonly url: string };
  /** When its creation was begun, in milliseconds since the epoch; absent once we know what came of it. */
  readonly creatingSince?: number;
  /** Hashes of what we wrote into the issue last: what people changed since is theirs. */
  readonly written: { readonly title: string; readonly description: string };
}

/** What was done about a finding, for the card that tells of it. */
export interface FindingDeed {
  readonly what: "created" | "updated" | "reopened" | "closed";
  readonly key: string;
  readonly url: string;
  readonly title: string;
  readonly severity?: string;
}

/** One report, and where rooms are told of it. */
export interface FindingRun {
  readonly id: string;
  readonly serviceId: string;
  readonly remoteUrl: string;
  /** As it was reported. */
  readonly project: string;
  readonly scanner: string;
}

/** A run that changed something, and of which no room was told yet. */
export interface OpenRun {
  readonly run: FindingRun;
  /** In the order in which they were done. */
  readonly deeds: readonly FindingDeed[];
  /** Takes it away. */
  readonly end: readonly StoreChange[];
}

/** Findings, and what is still to be told of them. */
export interface FindingStore {
  get(group: FindingGroup, fingerprint: string): Promise<FindingRecord | undefined>;
  put(group: FindingGroup, record: FindingRecord): StoreChange;
  remove(group: FindingGroup, fingerprint: string): StoreChange;
  /** For a target that is removed: takes away what is known of its findings. */
  forget(target: string): Promise<readonly StoreChange[]>;
  /** @param position of the deed among those of the run, from 0 */
  addDeed(run: FindingRun, position: number, deed: FindingDeed): readonly StoreChange[];
  openRunIds(): Promise<readonly string[]>;
  openRun(id: string): Promise<OpenRun | undefined>;
}
