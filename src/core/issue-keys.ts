import type { ConnectionState } from "./connection.js";
import type { DevinfoEntityType } from "./devinfo.js";
import type { UserId } from "./ids.js";
import type { ServiceContext } from "./service-context.js";

/** What a kind of connection says about issues that have keys such as `PLAY-1`: rooms hear and show development information by it. */
export interface IssueKeys<Config> {
  /** The key, in upper case, of the issue that a person typed: its key, or its address. Undefined for what is none. */
  keyOf(typed: string): string | undefined;
  /** The project whose issues the connection means, in upper case. */
  projectOf(state: ConnectionState): string;
  /** The key under which `remoteKeys` has every connection to a project of that key, at whatever instance. @param projectKey in upper case */
  routingKey(projectKey: string): string;
  /** What of development information the room hears. */
  announced(state: ConnectionState): readonly DevinfoEntityType[];
  /** Whether the project is at the instance of that name. Callers may be bound to one. */
  isAt(state: ConnectionState, instance: string, context: ServiceContext<Config>): boolean | Promise<boolean>;
  /** The issue's page. */
  issueUrl(state: ConnectionState, key: string, context: ServiceContext<Config>): string;
  /**
   * In a direct chat: where the person may read the issue with a login of their own.
   * @returns names of the instances where they may; empty when there is none
   * @throws SwitchboardError whose message names the remedy, for example how to log in
   */
  readableAt(key: string, actor: UserId, context: ServiceContext<Config>): Promise<readonly string[]>;
}

/** The key of the project that an issue's key names, in the same case: none holds a hyphen. */
export function projectKeyIn(issueKey: string): string {
  return issueKey.slice(0, Math.max(0, issueKey.lastIndexOf("-")));
}
