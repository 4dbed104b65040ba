import type { Random } from "../shared/random.js";
import type { HttpClient } from "./ports/http-client.js";
import type { PersonalLogins } from "./ports/personal-logins.js";
import type { ServiceConnections } from "./ports/service-connections.js";
import type { ServiceRemotes } from "./ports/service-remotes.js";
import type { Media, ServiceRooms } from "./ports/service-rooms.js";
import type { ServiceSecrets } from "./ports/service-secrets.js";
import type { ServiceStore } from "./ports/service-store.js";
import type { StoreChange, UnitOfWork } from "./ports/unit-of-work.js";
import type { RemoteEvent } from "./remote-event.js";

/** What a service's members may use. */
export interface ServiceContext<Config> {
  readonly config: Config;
  readonly store: ServiceStore;
  /** Carries out changes of `store`, `secrets` and `logins` where a member does not hand them back. */
  readonly commit: UnitOfWork["commit"];
  readonly logins: PersonalLogins;
  readonly secrets: ServiceSecrets;
  readonly connections: ServiceConnections;
  readonly rooms: ServiceRooms;
  readonly media: Media;
  /** Requests to addresses that the configuration names. */
  readonly http: HttpClient;
  /** Requests to addresses that somebody typed: private targets are refused unless `outbound.allow` names them. */
  readonly guarded: HttpClient;
  /** What was registered over our APIs and this service speaks to. */
  readonly remotes: ServiceRemotes;
  /**
   * Stores, synced, an event that no request brought, and sends it on its way like one that did.
   * @param key the same one is taken once within 7 days
   * @param changes stored with it, in one batch
   */
  emit(event: RemoteEvent, key: string, changes?: readonly StoreChange[]): Promise<void>;
  readonly random: Random;
  readonly log: ServiceLog;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Fields are looked up, the message is a sentence. */
export interface ServiceLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
