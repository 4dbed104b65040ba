import type { HttpClient } from "./ports/http-client.js";
import type { PersonalLogins } from "./ports/personal-logins.js";
import type { ServiceStore } from "./ports/service-store.js";

/** What a service's members may use. */
export interface ServiceContext<Config> {
  readonly config: Config;
  readonly store: ServiceStore;
  readonly logins: PersonalLogins;
  readonly http: HttpClient;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}
