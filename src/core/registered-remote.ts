import type { Secret } from "../shared/secret.js";
import type { HttpClient } from "./ports/http-client.js";

/** A remote system as somebody registered it over an API: where it is, and by which account it is asked. */
export interface RegisteredRemote {
  /** The service that speaks to it. */
  readonly serviceId: string;
  /** Web address as it was typed, without trailing slash: nothing was asked there yet. */
  readonly url: string;
  /** For services with more than one kind of installation, such as `cloud` and `server`; absent: it follows from the address. */
  readonly deployment?: string;
  /** Path of its API below `url`, where that is not the service's usual one. */
  readonly apiPath?: string;
  readonly account: RemoteAccount;
  /** What else its service needs, by names that the service knows, such as `region` or `collection`. */
  readonly settings: Readonly<Record<string, string>>;
  /** Its account has to be allowed to make issues somewhere: a scanner's has to. */
  readonly mustCreateIssues?: true;
  /** False: any certificate is taken. */
  readonly checksCertificate: boolean;
  /** False: `outbound.proxy` is not used. */
  readonly usesProxy: boolean;
}

export type RemoteAccount =
  | { readonly kind: "password"; readonly username: string; readonly password: Secret }
  /** `username` where the remote wants one beside the token. */
  | { readonly kind: "token"; readonly username?: string; readonly token: Secret }
  /** A folder on our own disk needs none. */
  | { readonly kind: "none" };

/** What a remote was registered as, in the words that people type (`connector/main`). */
export type RemoteKind = "connector" | "integration" | "ticketing";

/** A registered remote, with what it is called by. */
export interface KnownRemote extends RegisteredRemote {
  /** `<kind>-<id>`, for example `connector-3`: never given to another. */
  readonly key: string;
  readonly kind: RemoteKind;
  /** Never given to another of its kind. */
  readonly id: number;
  /** As whoever registered it called it; two may have the same. */
  readonly name: string;
  /** Projects that it serves, as they were typed; absent: all that its account sees. */
  readonly projects?: readonly string[];
  /** It is there for rooms that are connected to one of these projects of a tracker, by the tracker's ids; absent: for all. */
  readonly onlyBesideProjects?: readonly string[];
  /** It cannot be reached from this server. */
  readonly isInaccessible?: true;
  /** How issues are made there; absent: in the tracker's own ways. */
  readonly issues?: IssueHabits;
}

/** How a tracker's administrators want issues to be made and moved. */
export interface IssueHabits {
  readonly type?: string;
  /** Given to each issue. */
  readonly labels?: readonly string[];
  /** Names of transitions. */
  readonly close?: string;
  readonly reopen?: string;
  /** Names of statuses in which an issue counts as closed. */
  readonly doneStatuses?: readonly string[];
}

/** What a service can tell of a registered remote. Present if such a remote can be registered. */
export interface RemoteCheck {
  /**
   * Asks for the cheapest thing that needs the account, within ten seconds. Credentials never follow a redirect to another origin.
   * @param http the guarded client
   * @returns the reason of a failure as a short sentence without secrets
   */
  check(remote: RegisteredRemote, http: HttpClient, now: () => number): Promise<CheckOutcome>;
}

export type CheckOutcome =
  /** `account`: whom the remote takes us for, where it says so. */
  { readonly isGood: true; readonly account?: string } | { readonly isGood: false; readonly reason: string };
