import { StorageError } from "../../core/errors.js";
import type {
  DevinfoClientStore,
  InstallKey,
  InstalledConnectApp,
  StoredDevinfoClient,
  StoredDevinfoToken,
} from "../../core/ports/devinfo-client-store.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { Database } from "../database.js";
import { readValue } from "../read.js";
import { devinfoAppStoreName, sealedPlace } from "../sealing/sealed-values.js";
import type { SealedPlace, Sealer } from "../sealing/sealer.js";

/*
 * Layout. No provider, id or key holds a space.
 *
 * In `devinfo-clients`:
 *   client <id>                          -> a client as JSON; of its secret only a hash
 *   provider <provider> client|app <id>  -> the instance that it is bound to; empty where it is bound to none
 *   token <hash>                         -> a token that is good for a while, as JSON
 *   end <expires> <hash>                 -> nothing: tokens by when they end
 *   public-key <kid>                     -> the public half of the key that signs installations
 *   tenant                               -> what apps know us by
 *
 * In `devinfo-apps`, where all is sealed:
 *   app <key>                            -> an installed app as JSON
 *   install-key                          -> the key that signs installations
 */
const installKeyKey = "install-key";
const tenantKey = "tenant";
/** Follows a space in ASCII. */
const behindSpace = "!";
/** As long as most records of apps are. */
const decoy = "x".repeat(500);

/** @param sealer absent when no key is configured: then no app can be kept */
export function createDevinfoClientStore(database: Database, sealer: Sealer | undefined): DevinfoClientStore {
  const level = database.sublevel("devinfo-clients");
  const sealed = database.sublevel(devinfoAppStoreName);
  const placeOf = (key: string): SealedPlace => sealedPlace(devinfoAppStoreName, key);
  const put = (key: string, value: string): StoreChange => ({ type: "put", key: level.prefixKey(key, "utf8", false), value });
  const del = (key: string): StoreChange => ({ type: "del", key: level.prefixKey(key, "utf8", false) });
  const sealedKey = (key: string): string => sealed.prefixKey(key, "utf8", false);

  function seal(key: string, value: object): StoreChange {
    if (sealer === undefined) throw noKey();
    return { type: "put", key: sealedKey(key), value: sealer.seal(JSON.stringify(value), placeOf(key)) };
  }

  function open(key: string, stored: string): unknown {
    // Without a sealer there are none.
    return JSON.parse(sealer?.open(stored, placeOf(key)) ?? "null");
  }

  return {
    canKeepApps: sealer !== undefined,
    async getClient(clientId) {
      const stored = await readValue(level, clientKey(clientId));
      return stored === undefined ? undefined : parse<StoredDevinfoClient>(stored);
    },
    listClients: async () => (await level.values(rangeOf("client")).all()).map((stored) => parse<StoredDevinfoClient>(stored)),
    putClient: (client) => [
      put(clientKey(client.clientId), JSON.stringify(client)),
      put(providerKey(client.provider, "client", client.clientId), client.instance ?? ""),
    ],
    removeClient: ({ clientId, provider }) => [del(clientKey(clientId)), del(providerKey(provider, "client", clientId))],
    async getApp(key) {
      const stored = sealer === undefined ? undefined : await sealed.get(appKey(key));
      // The cast: written by `putApp`.
      if (stored !== undefined) return open(appKey(key), stored) as InstalledConnectApp;
      // Costs what opening does, so that strangers cannot tell by time which apps are installed.
      sealer?.seal(decoy, placeOf(appKey(key)));
      return undefined;
    },
    async listApps() {
      if (sealer === undefined) return [];
      // The cast: written by `putApp`.
      return (await sealed.iterator(rangeOf("app")).all()).map(([key, stored]) => open(key, stored) as InstalledConnectApp);
    },
    putApp: (app) => [seal(appKey(app.key), app), put(providerKey(app.provider, "app", app.key), app.instance ?? "")],
    removeApp: ({ key, provider }) => [{ type: "del", key: sealedKey(appKey(key)) }, del(providerKey(provider, "app", key))],
    async providers() {
      const keys = await level.keys(rangeOf("provider")).all();
      return [...new Set(keys.map((key) => key.split(" ")[1] ?? ""))];
    },
    async findProvider(provider) {
      const [instance] = await level.values({ ...rangeOf(`provider ${provider}`), limit: 1 }).all();
      if (instance === undefined) return undefined;
      return instance === "" ? {} : { instance };
    },
    async getToken(hash) {
      const stored = await readValue(level, tokenKey(hash));
      return stored === undefined ? undefined : parse<StoredDevinfoToken>(stored);
    },
    putToken: (hash, token) => [put(tokenKey(hash), JSON.stringify(token)), put(endKey(token.expiresAt, hash), "")],
    async removeEnded(now, limit) {
      const ended = await level.keys({ gt: rangeOf("end").gt, lt: endKey(now + 1, ""), limit }).all();
      return ended.flatMap((key) => [del(key), del(tokenKey(key.split(" ")[2] ?? ""))]);
    },
    async installKey() {
      const stored = sealer === undefined ? undefined : await sealed.get(installKeyKey);
      // The cast: written by `putInstallKey`.
      return stored === undefined ? undefined : (open(installKeyKey, stored) as InstallKey);
    },
    publicKey: (kid) => level.get(publicKeyKey(kid)),
    putInstallKey: (key) => [seal(installKeyKey, key), put(publicKeyKey(key.kid), key.publicKey)],
    tenant: () => level.get(tenantKey),
    putTenant: (clientKeyOfOurs) => put(tenantKey, clientKeyOfOurs),
  };
}

function clientKey(clientId: string): string {
  return `client ${clientId}`;
}

function appKey(key: string): string {
  return `app ${key}`;
}

function providerKey(provider: string, kind: "client" | "app", id: string): string {
  return `provider ${provider} ${kind} ${id}`;
}

function tokenKey(hash: string): string {
  return `token ${hash}`;
}

function endKey(expiresAt: number, hash: string): string {
  return `end ${String(expiresAt).padStart(16, "0")} ${hash}`;
}

function publicKeyKey(kid: string): string {
  return `public-key ${kid}`;
}

function rangeOf(start: string): { readonly gt: string; readonly lt: string } {
  return { gt: `${start} `, lt: `${start}${behindSpace}` };
}

function parse<Stored>(text: string): Stored {
  // Only the puts above write there.
  return JSON.parse(text) as Stored;
}

function noKey(): StorageError {
  return new StorageError(
    "No app can be installed, because there is no key to encrypt its secret with. Name a key file in storage.keyFile.",
  );
}
