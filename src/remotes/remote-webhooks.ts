import { createHash } from "node:crypto";
import type { RecordStore } from "../core/ports/record-store.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { KnownRemote } from "../core/registered-remote.js";
import type { Random } from "../shared/random.js";
import { Secret } from "../shared/secret.js";
import { parseHttpUrl, withoutTrailingSlashes } from "../shared/url.js";
import type { Registry } from "./registry.js";

/** Nothing but the secret is kept. */
export type WebhookFields = Readonly<Record<string, never>>;

export interface RemoteWebhooksOptions {
  /** With unique names. */
  readonly registry: Registry<WebhookFields>;
  readonly store: RecordStore<WebhookFields>;
  readonly random: Random;
}

const secretBytes = 32;

/** What signs by a secret. */
export type SigningRemote = Pick<KnownRemote, "key" | "url">;

/**
 * The secrets with which registered remotes sign what they send us, one for each, and for each place where it ever was: whoever runs the
 * system that it was registered at before knows that one's secret, and has no say in the next.
 */
export class RemoteWebhooks {
  readonly #options: RemoteWebhooksOptions;

  constructor(options: RemoteWebhooksOptions) {
    this.#options = options;
  }

  /** @returns undefined where none was asked for yet */
  async find(remote: SigningRemote): Promise<Secret | undefined> {
    const secret = (await this.#options.registry.findByName(nameOf(remote)))?.secrets["secret"];
    return secret === undefined ? undefined : new Secret(secret);
  }

  /** Made, and stored synced, when it is asked for first. @throws StorageError */
  async secretOf(remote: SigningRemote): Promise<Secret> {
    const known = await this.find(remote);
    if (known !== undefined) return known;
    const secret = this.#options.random.bytes(secretBytes).toString("base64url");
    const outcome = await this.#options.registry.create({ name: nameOf(remote), fields: {}, secrets: { secret } });
    if (outcome.kind === "created") return new Secret(secret);
    // Somebody else asked at the same time, or it was removed since.
    return (await this.find(remote)) ?? new Secret(secret);
  }

  /** Stored in the batch that removes the remote. @param key of the remote */
  async forget(key: string): Promise<readonly StoreChange[]> {
    const { registry, store } = this.#options;
    const own = (await registry.all()).filter(({ name }) => name.startsWith(`${key} `));
    return own.flatMap((record) => store.remove(record));
  }
}

/** The key, and which place: names lie in the store as they are, so that is not told. */
function nameOf({ key, url }: SigningRemote): string {
  return `${key} ${createHash("sha256").update(placeOf(url)).digest("base64url")}`;
}

/** Host and path: http or https, it is the same system. */
function placeOf(url: string): string {
  const address = parseHttpUrl(url);
  return address === undefined ? url : address.host + withoutTrailingSlashes(address.pathname);
}
