import type { RecordStore } from "../core/ports/record-store.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { Random } from "../shared/random.js";
import { Secret } from "../shared/secret.js";
import type { Registry } from "./registry.js";

/** Nothing but the secret is kept. */
export type WebhookFields = Readonly<Record<string, never>>;

export interface RemoteWebhooksOptions {
  /** With unique names, which are keys of remotes. */
  readonly registry: Registry<WebhookFields>;
  readonly store: RecordStore<WebhookFields>;
  readonly random: Random;
}

const secretBytes = 32;

/** The secrets with which registered remotes sign what they send us, one for each. */
export class RemoteWebhooks {
  readonly #options: RemoteWebhooksOptions;

  constructor(options: RemoteWebhooksOptions) {
    this.#options = options;
  }

  /** @param key of a remote. @returns undefined where none was asked for yet */
  async find(key: string): Promise<Secret | undefined> {
    const secret = (await this.#options.registry.findByName(key))?.secrets["secret"];
    return secret === undefined ? undefined : new Secret(secret);
  }

  /** Made, and stored synced, when it is asked for first. @throws StorageError */
  async secretOf(key: string): Promise<Secret> {
    const known = await this.find(key);
    if (known !== undefined) return known;
    const secret = this.#options.random.bytes(secretBytes).toString("base64url");
    const outcome = await this.#options.registry.create({ name: key, fields: {}, secrets: { secret } });
    if (outcome.kind === "created") return new Secret(secret);
    // Somebody else asked at the same time, or it was removed since.
    return (await this.find(key)) ?? new Secret(secret);
  }

  /** Stored in the batch that removes the remote. */
  async forget(key: string): Promise<readonly StoreChange[]> {
    const record = await this.#options.store.findByName(key);
    return record === undefined ? [] : this.#options.store.remove(record);
  }
}
