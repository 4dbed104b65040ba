import type { Connection } from "./connection.js";
import type { ConnectionTarget } from "./connection-target.js";
import type { RoomId, UserId } from "./ids.js";
import type { StoreChange } from "./ports/unit-of-work.js";
import type { ServiceContext } from "./service-context.js";

/** How programs set up a kind of connection: they send a whole configuration, where people type a name (Hookshot reference 4.5). */
export interface Provisioning<Config> {
  /** What the API calls it: `JiraProject`. */
  readonly type: string;
  /** Its key in the list of types, where another kind has the same `type`. Absent: `type`. */
  readonly listedAs?: string;
  /** The API's word for the service, for example `generic`. */
  readonly service: string;
  /**
   * Checks that go before the schema's, where clients know words of their own for them. Cheap: nobody is asked.
   * @param config as sent, without nulls; for an update merged over what was stored
   * @throws ValidationError
   */
  check?(config: Readonly<Record<string, unknown>>): void;
  /**
   * Finds where a configuration belongs and whether the person may have it, by their own rights at the remote. An update that leaves the
   * resource as it was needs no right there, and does not fail for what the remote says.
   * @throws SwitchboardError in the words of reference 5.3; RemoteError
   */
  provision(input: ProvisionInput, context: ServiceContext<Config>): Promise<Provisioned>;
  /** What an item shows as `config`, where that is not the whole state. Holds no secret. */
  config?(connection: Connection, context: ServiceContext<Config>): Readonly<Record<string, unknown>>;
  /**
   * What only those are told who set the connection up.
   * @param secretId where the kind has `secretIds`
   */
  secrets?(connection: Connection, secretId: string | undefined, context: ServiceContext<Config>): ItemSecrets | Promise<ItemSecrets>;
}

export type ItemSecrets = Readonly<Record<string, unknown>> | undefined;

export interface ProvisionInput {
  readonly roomId: RoomId;
  /** The configuration: it fits the kind's schema, and holds the keys that were sent and nothing else. Defaults are not filled in. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly actor: UserId;
  /** The connection that is changed; absent where one is set up. */
  readonly current?: Connection;
}

export interface Provisioned {
  /** For an update its state key is not looked at: a connection keeps its place and so its id. */
  readonly target: ConnectionTarget;
  /** What the look-up taught the service, stored together with the connection. */
  readonly changes?: readonly StoreChange[];
  /** It works, but not all of it. */
  readonly warning?: ProvisionWarning;
}

export interface ProvisionWarning {
  readonly header: string;
  readonly message: string;
}
