/** How a connector tells its tracker who it is; the words of the connectors API. */
export type AuthMode = "basic" | "api_token" | "personal_access_token";

/** A kind of issue tracker that connectors can be registered for. */
export interface ConnectorSystem {
  readonly id: string;
  readonly shortName: string;
  readonly name: string;
  /** The service that can ask it. Absent: such connectors are only stored. */
  readonly serviceId?: string;
  /** The first one is the default. */
  readonly authModes: readonly [AuthMode, ...AuthMode[]];
  /** Needed besides those of the server and the account. */
  readonly requiredParams: readonly string[];
  /** The param that names whom its projects belong to, where they are called `<owner>/<project>`. */
  readonly ownerParam?: string;
  /** The params that say how its issues are made and moved. Absent: nothing can be said of that. */
  readonly issueParams?: IssueParams;
  /** What its service wants to know besides address and account: names of settings, and the params that have them. */
  readonly settings?: Readonly<Record<string, ParamWithDefault>>;
}

/** A param, and what holds where it is not given. */
interface ParamWithDefault {
  readonly param: string;
  readonly default: string;
}

/** Where a system's params say how issues are made and moved. */
export interface IssueParams {
  readonly type?: ParamWithDefault;
  /** Params with comma lists of labels. */
  readonly labels: readonly string[];
  /** Names of transitions. */
  readonly close?: ParamWithDefault;
  readonly reopen?: ParamWithDefault;
  /** A comma list of statuses. */
  readonly doneStatuses?: ParamWithDefault;
}
