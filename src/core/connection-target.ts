import type { Connection, ConnectionState } from "./connection.js";

/** A resource at a remote that a room can be connected to. */
export interface ConnectionTarget {
  readonly kindId: string;
  readonly stateKey: string;
  readonly state: ConnectionState;
  /** How the answer calls it, for example `PLAY`. */
  readonly name: string;
  /** The remote it was found at, for example `main (https://jira.example.org)`; absent for what has none. */
  readonly remote?: string;
  /** What the person is told in the direct chat once the room is connected, such as a secret address. */
  privately?(connected: ConnectResult): Promise<PrivateAnswer> | PrivateAnswer;
  /**
   * Does at the remote what is left to do once the room is connected, such as having it send what happens there. Also called for a
   * connection that was there already, and again after a crash.
   * @throws RemoteError, which the person is told
   */
  afterwards?(connected: ConnectResult): Promise<Afterwards>;
}

/** What came of it. */
export interface Afterwards {
  /** One or more sentences for the room. */
  readonly said?: string;
  /** For the person, in the direct chat. */
  readonly privately?: PrivateAnswer;
}

/** What became of a wish to connect. */
export interface ConnectResult {
  /** `exists`: a connection meant the same already, and nothing was changed. */
  readonly kind: "created" | "exists";
  readonly connection: Connection;
  /** Where the kind has `secretIds`. */
  readonly secretId?: string;
}

/** Said in the direct chat; what is sent there is not kept by us. */
export interface PrivateAnswer {
  readonly body: string;
  readonly html?: string;
}
