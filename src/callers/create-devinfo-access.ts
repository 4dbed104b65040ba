import { KeyedMutex } from "../delivery/keyed-mutex.js";
import type { Log } from "../shared/log.js";
import { createConnectAppDesk, type ConnectAppDesk } from "./connect-app-desk.js";
import type { InstallationOptions } from "./connect-installation.js";
import { createDevinfoCallers } from "./create-devinfo-callers.js";
import { DevinfoBook, type ConfiguredDevinfo } from "./devinfo-book.js";
import type { DevinfoCallers } from "./devinfo-callers.js";
import { createDevinfoClientDesk, type DevinfoClientDesk } from "./devinfo-client-desk.js";

export interface DevinfoAccessOptions extends Omit<InstallationOptions, "book" | "turns"> {
  readonly config: ConfiguredDevinfo;
  readonly log: Log;
}

/** Who may call the Development Information API. */
export interface DevinfoAccess {
  /** For the API. */
  readonly callers: DevinfoCallers;
  /** For the command line. */
  readonly clients: DevinfoClientDesk;
  /** For the command line. */
  readonly apps: ConnectAppDesk;
  /** The public half of a key with which installations are signed, in PEM; undefined for a key that there is not. */
  publicKey(kid: string): Promise<string | undefined>;
}

/** Joins what knows the callers and what makes them, so that both see the same. */
export function createDevinfoAccess(options: DevinfoAccessOptions): DevinfoAccess {
  const book = new DevinfoBook(options.config, options.store);
  const joined = { ...options, book, turns: new KeyedMutex() };
  return {
    callers: createDevinfoCallers(joined),
    clients: createDevinfoClientDesk(joined),
    apps: createConnectAppDesk(joined),
    publicKey: (kid) => options.store.publicKey(kid),
  };
}
