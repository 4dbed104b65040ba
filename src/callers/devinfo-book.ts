import type { DevinfoClientStore, DevinfoScopeName, InstalledConnectApp, StoredDevinfoClient } from "../core/ports/devinfo-client-store.js";
import { equalInConstantTime, type Secret } from "../shared/secret.js";
import type { DevinfoCaller } from "./devinfo-callers.js";
import { withIncluded } from "./devinfo-scopes.js";
import { hashSecret } from "./token-text.js";

/** What callers of the configuration have in common. */
interface ConfiguredCaller {
  readonly scopes: readonly DevinfoScopeName[];
  /** Absent: its id or key. */
  readonly provider?: string;
  readonly instance?: string;
}

/** Callers that stand in the configuration, whose checks they passed. */
export interface ConfiguredDevinfo {
  readonly clients: readonly (ConfiguredCaller & { readonly clientId: string; readonly clientSecret: Secret })[];
  readonly connectApps: readonly (ConfiguredCaller & { readonly key: string; readonly sharedSecret: Secret })[];
}

/** A client, and what is known of its secret. */
export interface KnownClient {
  readonly caller: DevinfoCaller;
  /** In constant time. */
  isSecret(candidate: string): boolean;
  /** Changes with the secret. */
  readonly secretMark: string;
}

/** A secret of an app, and who signs with it. */
export interface AppSecret {
  readonly caller: DevinfoCaller;
  readonly sharedSecret: string;
}

/** Of no secret that anybody knows. */
const hashOfNone = "0".repeat(64);

/** All who may call the Development Information API: those of the configuration, which go first, and those that were made by command. */
export class DevinfoBook {
  readonly #config: ConfiguredDevinfo;
  readonly #store: DevinfoClientStore;
  /** What each provider of the configuration is bound to. */
  readonly #bound: ReadonlyMap<string, { readonly instance?: string }>;

  constructor(config: ConfiguredDevinfo, store: DevinfoClientStore) {
    this.#config = config;
    this.#store = store;
    this.#bound = new Map([
      ...config.clients.map((client) => [client.provider ?? client.clientId, bindingOf(client)] as const),
      ...config.connectApps.map((app) => [app.provider ?? app.key, bindingOf(app)] as const),
    ]);
  }

  hasConfiguredClient(clientId: string): boolean {
    return this.#config.clients.some((client) => client.clientId === clientId);
  }

  hasConfiguredApp(key: string): boolean {
    return this.#config.connectApps.some((app) => app.key === key);
  }

  async client(clientId: string): Promise<KnownClient | undefined> {
    // Asked for in any case, so that the time taken says less of who is known.
    const stored = await this.#store.getClient(clientId);
    const configured = this.#config.clients.find((client) => client.clientId === clientId);
    if (configured === undefined) return stored === undefined ? undefined : this.#toCreated(stored);
    const { clientSecret, scopes, provider = clientId } = configured;
    return {
      caller: { name: clientId, provider, scopes: withIncluded(scopes), ...bindingOf(configured) },
      isSecret: (candidate) => clientSecret.equals(candidate),
      secretMark: `configured ${clientSecret.reveal()}`,
    };
  }

  /** The secrets with which the app may sign: two while it is not known which of them it has; none for an app that nobody knows. */
  async appSecrets(key: string): Promise<readonly AppSecret[]> {
    const stored = await this.#store.getApp(key);
    const configured = this.#config.connectApps.find((app) => app.key === key);
    if (configured === undefined) return stored === undefined ? [] : this.#secretsOf(stored);
    const { sharedSecret, scopes, provider = key } = configured;
    const caller = { name: key, provider, scopes: withIncluded(scopes), ...bindingOf(configured) };
    return [{ caller, sharedSecret: sharedSecret.reveal() }];
  }

  async providers(): Promise<ReadonlySet<string>> {
    return new Set([...this.#bound.keys(), ...(await this.#store.providers())]);
  }

  /** @returns undefined where nobody has the provider; what its callers are bound to otherwise */
  async findProvider(provider: string): Promise<{ readonly instance?: string } | undefined> {
    return this.#bound.get(provider) ?? this.#store.findProvider(provider);
  }

  #toCreated(client: StoredDevinfoClient): KnownClient {
    const { clientId, secretHash } = client;
    return {
      caller: this.#callerOf(clientId, client),
      isSecret: (candidate) => equalInConstantTime(hashSecret(candidate), secretHash),
      secretMark: `created ${secretHash}`,
    };
  }

  #secretsOf(app: InstalledConnectApp): readonly AppSecret[] {
    const { key, sharedSecret, pending } = app;
    return [
      ...(sharedSecret === undefined ? [] : [{ caller: this.#callerOf(key, app), sharedSecret }]),
      // Whoever signs with it shows that it came: nobody else was sent it.
      ...(pending === undefined
        ? []
        : [{ caller: this.#callerOf(key, { ...app, scopes: pending.scopes }), sharedSecret: pending.sharedSecret }]),
    ];
  }

  /** A provider that the configuration binds is bound so for everybody. */
  #callerOf(name: string, stored: Pick<StoredDevinfoClient, "provider" | "scopes" | "instance">): DevinfoCaller {
    const { provider, scopes } = stored;
    return { name, provider, scopes: withIncluded(scopes), ...(this.#bound.get(provider) ?? bindingOf(stored)) };
  }
}

/** Compares where there is no client, so that it takes as long as where there is one. */
export function isNobodysSecret(candidate: string): false {
  equalInConstantTime(hashSecret(candidate), hashOfNone);
  return false;
}

function bindingOf({ instance }: { readonly instance?: string }): { readonly instance?: string } {
  return instance === undefined ? {} : { instance };
}
