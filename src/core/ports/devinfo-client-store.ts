import type { StoreChange } from "./unit-of-work.js";

/** What callers of the Development Information API that were made by command have in common. */
interface StoredDevinfoCaller {
  /** `READ`, `WRITE` or `DELETE`, without those that they include. */
  readonly scopes: readonly DevinfoScopeName[];
  readonly provider: string;
  /** The tracker instance that it is bound to; absent: all. */
  readonly instance?: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export type DevinfoScopeName = "READ" | "WRITE" | "DELETE";

/** OAuth client credentials. Of the secret only a hash is kept. */
export interface StoredDevinfoClient extends StoredDevinfoCaller {
  readonly clientId: string;
  /** SHA-256 in hexadecimal. The secret is random and long, so nothing slower is needed. */
  readonly secretHash: string;
  /** Milliseconds since the epoch; absent: it has its first secret. */
  readonly rotatedAt?: number;
}

/** A Connect app at a self-hosted tool. Kept encrypted as a whole. */
export interface InstalledConnectApp extends StoredDevinfoCaller {
  readonly key: string;
  /** As the app calls itself. */
  readonly title?: string;
  /** Without trailing slash. */
  readonly baseUrl: string;
  readonly uninstalledUrl?: string;
  /** Where the app was told to find us. */
  readonly ownUrl: string;
  /** Whether its lifecycle requests are signed with our own key (RS256). */
  readonly isKeySigned: boolean;
  /** Absent until the app is known to have taken one. */
  readonly sharedSecret?: string;
  /** One that the app was sent, or was about to be sent; whether it took it is not known. */
  readonly pending?: { readonly sharedSecret: string; readonly scopes: readonly DevinfoScopeName[] };
}

/** A token that a client got for its secret. The token itself is not kept. */
export interface StoredDevinfoToken {
  readonly clientId: string;
  /** Made of the token and of what was known of the client's secret; with another secret the token is not good any more. */
  readonly proof: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** The key with which installations are signed. Kept encrypted. */
export interface InstallKey {
  readonly kid: string;
  /** PKCS #8 in PEM. */
  readonly privateKey: string;
  /** SPKI in PEM. */
  readonly publicKey: string;
}

/** Who may call the Development Information API, besides those of the configuration. */
export interface DevinfoClientStore {
  /** False when no key is configured: then no secret can be kept that has to be read again, which those of apps have to be. */
  readonly canKeepApps: boolean;
  getClient(clientId: string): Promise<StoredDevinfoClient | undefined>;
  /** By id. */
  listClients(): Promise<readonly StoredDevinfoClient[]>;
  putClient(client: StoredDevinfoClient): readonly StoreChange[];
  removeClient(client: StoredDevinfoClient): readonly StoreChange[];

  /** Takes as long where there is none. @throws StorageError when it cannot be decrypted */
  getApp(key: string): Promise<InstalledConnectApp | undefined>;
  /** By key. @throws StorageError when one cannot be decrypted */
  listApps(): Promise<readonly InstalledConnectApp[]>;
  /** @throws StorageError when no key is configured */
  putApp(app: InstalledConnectApp): readonly StoreChange[];
  removeApp(app: InstalledConnectApp): readonly StoreChange[];

  /** Of all clients and apps. */
  providers(): Promise<readonly string[]>;
  /** @returns undefined where nobody has the provider; what its callers are bound to otherwise. They agree. */
  findProvider(provider: string): Promise<{ readonly instance?: string } | undefined>;

  /** @param hash of the token */
  getToken(hash: string): Promise<StoredDevinfoToken | undefined>;
  putToken(hash: string, token: StoredDevinfoToken): readonly StoreChange[];
  /** Removes tokens that have ended, those that ended first. Costs what it removes. @param limit tokens */
  removeEnded(now: number, limit: number): Promise<readonly StoreChange[]>;

  installKey(): Promise<InstallKey | undefined>;
  publicKey(kid: string): Promise<string | undefined>;
  /** @throws StorageError when no key is configured */
  putInstallKey(key: InstallKey): readonly StoreChange[];

  /** What apps know us by (`clientKey`); undefined until it was made. */
  tenant(): Promise<string | undefined>;
  putTenant(clientKey: string): StoreChange;
}
