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
  /** What its service wants to know besides address and account: names of settings, and the params that have them. */
  readonly settings?: Readonly<Record<string, { readonly param: string; readonly default: string }>>;
}
