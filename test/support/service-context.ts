import type { HttpClient, HttpRequest } from "../../src/core/ports/http-client.js";
import type { PersonalLogins } from "../../src/core/ports/personal-logins.js";
import type { ServiceStore } from "../../src/core/ports/service-store.js";
import type { StoreChange } from "../../src/core/ports/unit-of-work.js";
import { RemoteError } from "../../src/core/errors.js";
import type { ServiceContext } from "../../src/core/service.js";
import { createMemoryLogins } from "./memory-logins.js";

/** A service's store in memory; `apply` does what committing its changes does. */
export class MemoryServiceStore implements ServiceStore {
  readonly entries = new Map<string, string>();

  get(key: string): string | undefined {
    return this.entries.get(key);
  }

  put(key: string, value: string): StoreChange {
    return { type: "put", key, value };
  }

  remove(key: string): StoreChange {
    return { type: "del", key };
  }

  apply(changes: readonly StoreChange[] = []): void {
    for (const change of changes) {
      if (change.type === "put") this.entries.set(change.key, change.value.toString());
      else this.entries.delete(change.key);
    }
  }
}

/** Requests over the network by `fetch`, for stand-ins on loopback. */
export const fetchHttpClient: HttpClient = {
  async request({ url, method, headers = {}, body, timeoutMs = 1_000 }: HttpRequest) {
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await fetch(url, { method, headers, body: body ?? null, signal, redirect: "manual" });
      return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
    } catch (cause) {
      throw new RemoteError("no answer came", { cause });
    }
  },
};

/** A network that nobody answers on. */
export const deadHttpClient: HttpClient = {
  request: () => Promise.reject(new RemoteError("no answer came")),
};

export function createServiceContext<Config>(
  config: Config,
  {
    http = deadHttpClient,
    store = new MemoryServiceStore(),
    logins = createMemoryLogins(),
  }: { readonly http?: HttpClient; readonly store?: ServiceStore; readonly logins?: PersonalLogins } = {},
): ServiceContext<Config> {
  return { config, store, logins, http, now: () => Date.UTC(2026, 0, 1) };
}
