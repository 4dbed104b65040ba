import type { Secret } from "../../shared/secret.js";
import type { RoomId, UserId } from "../ids.js";
import type { KnownRemote } from "../registered-remote.js";
import type { HttpClient } from "./http-client.js";

/** The registered remotes that one service speaks to. */
export interface ServiceRemotes {
  /**
   * Those through which a person may connect rooms: all, unless `registry.allow` narrows it; none where `registry.chat` is false.
   * @param roomId what is there beside certain projects only (`onlyBesideProjects`) counts in rooms that are connected to them, so nowhere unless given
   */
  usableBy(actor: UserId, roomId?: RoomId): Promise<readonly KnownRemote[]>;
  /** All of them, whoever may use them; none where `registry.chat` is false. */
  all(): Promise<readonly KnownRemote[]>;
  /** Whether people without a login of their own may act through a connector's account (`registry.commandsThroughCredential`). */
  readonly letsPeopleAct: boolean;
  /** Requests to the remote: guarded, and with the ways around certificates and proxy that were registered. */
  clientFor(remote: KnownRemote): HttpClient;
  /** The remote's own webhook. Its secret is made, and stored synced, when it is asked for first. @throws StorageError */
  webhookOf(remote: KnownRemote): Promise<RemoteWebhook>;
}

/** Where a registered remote sends what happens there. */
export interface RemoteWebhook {
  /** Below a listener with `webhooks`, for example `/jira/webhook/connector-3`. */
  readonly path: string;
  /** The whole address; absent where no listener with `webhooks` has a `publicUrl`. */
  readonly url?: string;
  /** With which it is signed. */
  readonly secret: Secret;
}
