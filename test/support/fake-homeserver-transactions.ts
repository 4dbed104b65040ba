import { request as httpRequest } from "node:http";
import type { Content } from "./fake-homeserver-rooms.js";

export interface FakeAppservice {
  /** Where the appservice listens. */
  readonly url: string;
  readonly hsToken: string;
}

/** Pushes events to the appservice in numbered transactions, one at a time; gives up at a failure until it is pinged, as Synapse does for a while. */
export class TransactionPusher {
  readonly #appservice: FakeAppservice;
  readonly #waiting: Content[] = [];
  #number = 0;
  #running = false;

  constructor(appservice: FakeAppservice) {
    this.#appservice = appservice;
  }

  /** Events that the appservice has not taken yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  push(event: Content): void {
    this.#waiting.push(event);
    void this.#run();
  }

  /** Transaction ids begin again, as Synapse's do on SQLite. */
  restart(): void {
    this.#number = 0;
  }

  /** What the homeserver answers to a ping: the round trip's time, or why it failed. */
  async ping(transactionId: string): Promise<{ readonly duration_ms: number } | { readonly errcode: string; readonly error: string }> {
    const startedAt = Date.now();
    const status = await this.#call("POST", "/_matrix/app/v1/ping", { transaction_id: transactionId }).catch(() => undefined);
    if (status === undefined) return { errcode: "M_CONNECTION_FAILED", error: "The appservice cannot be reached." };
    if (status !== 200) return { errcode: "M_BAD_STATUS", error: `HTTP ${status}` };
    void this.#run();
    return { duration_ms: Date.now() - startedAt };
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#waiting.length > 0 && (await this.#sendOne())) {
        // Until all are taken, or one is refused.
      }
    } finally {
      this.#running = false;
    }
  }

  async #sendOne(): Promise<boolean> {
    const events = this.#waiting.slice(0, 100);
    const path = `/_matrix/app/v1/transactions/${this.#number + 1}`;
    const status = await this.#call("PUT", path, { events }).catch(() => undefined);
    if (status !== 200) return false;
    this.#number += 1;
    this.#waiting.splice(0, events.length);
    return true;
  }

  #call(method: string, path: string, body: Content): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${this.#appservice.hsToken}`, "content-type": "application/json" };
      const request = httpRequest(this.#appservice.url + path, { method, headers, timeout: 20_000 }, (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode));
      });
      request.on("timeout", () => request.destroy(new Error("no answer")));
      request.on("error", reject);
      request.end(JSON.stringify(body));
    });
  }
}
