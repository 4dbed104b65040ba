import type { HttpClient } from "../../src/core/ports/http-client.js";
import type { RemoteWebhook, ServiceRemotes } from "../../src/core/ports/service-remotes.js";
import type { KnownRemote } from "../../src/core/registered-remote.js";
import { Secret } from "../../src/shared/secret.js";

/** Registered remotes in memory: everybody may use all of them, anywhere. */
export class MemoryRemotes implements ServiceRemotes {
  readonly remotes: KnownRemote[] = [];
  readonly #http: HttpClient;
  letsPeopleAct = false;
  /** Who asked for what may be used, and where. */
  readonly asked: (readonly [actor: string, roomId: string | undefined])[] = [];
  /** Of our listener; undefined: it is not known. */
  publicUrl: string | undefined = "https://switchboard.test";

  constructor(http: HttpClient) {
    this.#http = http;
  }

  async usableBy(actor: string, roomId?: string): Promise<readonly KnownRemote[]> {
    this.asked.push([actor, roomId]);
    return this.remotes;
  }

  async all(): Promise<readonly KnownRemote[]> {
    return this.remotes;
  }

  clientFor(): HttpClient {
    return this.#http;
  }

  async webhookOf({ key, serviceId }: KnownRemote): Promise<RemoteWebhook> {
    const path = `/${serviceId}/webhook/${key}`;
    return { path, secret: new Secret(`secret of ${key}`), ...(this.publicUrl === undefined ? {} : { url: this.publicUrl + path }) };
  }
}

/** A connector; what is given goes before. */
export function connectorRemote(given: Partial<KnownRemote> & Pick<KnownRemote, "serviceId" | "url">): KnownRemote {
  return {
    ...{ key: `connector-${given.id ?? 1}`, kind: "connector", id: 1, name: "main" },
    ...{ account: { kind: "token", token: new Secret("registered-token") }, settings: {}, checksCertificate: true, usesProxy: true },
    ...given,
  };
}
