import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import type { Bot } from "../core/bots.js";
import { ConfigError, RemoteError } from "../core/errors.js";
import type { UserId } from "../core/ids.js";
import type { KeyValueStore } from "../core/ports/service-store.js";
import type { UnitOfWork } from "../core/ports/unit-of-work.js";
import type { Log } from "../shared/log.js";
import { unlessMissing, type Calls } from "./calls.js";
import { textAt } from "./homeserver-errors.js";
import type { SdkClients } from "./sdk.js";

export interface ProfileOptions {
  readonly calls: Calls;
  readonly clients: SdkClients;
  readonly store: KeyValueStore;
  readonly unitOfWork: UnitOfWork;
  readonly log: Log;
}

/** What the configuration asks for. */
interface WantedProfile {
  readonly displayName: string | undefined;
  /** Empty: no avatar. Undefined: left alone. */
  readonly avatar: AvatarSource | "" | undefined;
}

/** An avatar, and a name for it that changes with the picture. */
type AvatarSource =
  | { readonly kind: "uri"; readonly fingerprint: string }
  | { readonly kind: "file"; readonly fingerprint: string; readonly path: string; readonly bytes: Buffer };

interface CurrentProfile {
  readonly displayName: string;
  readonly avatarUrl: string;
}

const imageTypes: Readonly<Record<string, string>> = {
  ".gif": "image/gif",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".webp": "image/webp",
};

/**
 * Gives bots the display name and avatar of the configuration. What was applied is remembered, so that a start with the same
 * configuration makes no request. A homeserver that forbids the change is a warning, not an error.
 */
export class Profiles {
  readonly #options: ProfileOptions;

  constructor(options: ProfileOptions) {
    this.#options = options;
  }

  /** @throws RemoteError; ConfigError when the avatar's file cannot be read */
  async sync(bot: Bot): Promise<void> {
    const { store, unitOfWork } = this.#options;
    const wanted = await readWanted(bot);
    const mark = JSON.stringify([wanted.displayName ?? null, fingerprintOf(wanted.avatar) ?? null]);
    const key = `profile:${bot.userId}`;
    if ((await store.get(key)) === mark) return;
    const applied = await this.#apply(bot.userId, wanted);
    if (applied) await unitOfWork.commit([store.put(key, mark)]);
  }

  /** @returns false when the homeserver forbade a change, so that the next start tries again */
  async #apply(user: UserId, wanted: WantedProfile): Promise<boolean> {
    const current = await this.#read(user);
    const named = await this.#allowed(user, "display name", this.#setDisplayName(user, wanted.displayName, current));
    const pictured = await this.#allowed(user, "avatar", this.#setAvatar(user, wanted.avatar, current));
    return named && pictured;
  }

  async #read(user: UserId): Promise<CurrentProfile> {
    const path = `/_matrix/client/v3/profile/${encodeURIComponent(user)}`;
    const profile = await unlessMissing(this.#options.calls.json({ name: "getUserProfile", method: "GET", path, as: user }));
    return { displayName: textAt(profile, "displayname") ?? "", avatarUrl: textAt(profile, "avatar_url") ?? "" };
  }

  async #setDisplayName(user: UserId, wanted: string | undefined, current: CurrentProfile): Promise<void> {
    if (wanted === undefined || wanted === current.displayName) return;
    await this.#options.clients.run("setDisplayName", user, (client): Promise<unknown> => client.setDisplayName(wanted));
  }

  async #setAvatar(user: UserId, wanted: WantedProfile["avatar"], current: CurrentProfile): Promise<void> {
    if (wanted === undefined) return;
    const url = wanted === "" ? "" : await this.#toUri(user, wanted);
    if (url === current.avatarUrl) return;
    await this.#options.clients.run("setAvatarUrl", user, (client): Promise<unknown> => client.setAvatarUrl(url));
  }

  /** The address of the picture at the homeserver; uploads a file once per content. */
  async #toUri(user: UserId, avatar: AvatarSource): Promise<string> {
    if (avatar.kind === "uri") return avatar.fingerprint;
    const { store, unitOfWork, clients } = this.#options;
    const key = `upload:${avatar.fingerprint}`;
    const uploaded = await store.get(key);
    if (uploaded !== undefined) return uploaded;
    const type = imageTypes[extname(avatar.path).toLowerCase()] ?? "application/octet-stream";
    const uri = await clients.run("uploadContent", user, (client) => client.uploadContent(avatar.bytes, type, basename(avatar.path)));
    await unitOfWork.commit([store.put(key, uri)]);
    return uri;
  }

  async #allowed(user: UserId, what: string, change: Promise<void>): Promise<boolean> {
    try {
      await change;
      return true;
    } catch (error) {
      if (!(error instanceof RemoteError) || error.isTransient) throw error;
      this.#options.log.warn({ user, reason: error.message }, `The homeserver does not let us change the ${what} of our user.`);
      return false;
    }
  }
}

async function readWanted(bot: Bot): Promise<WantedProfile> {
  return { displayName: bot.displayName, avatar: bot.avatar === undefined ? withoutAvatar(bot) : await readAvatar(bot, bot.avatar) };
}

/** Hookshot removes the main bot's avatar when the configuration has none, and leaves those of service bots alone. */
function withoutAvatar(bot: Bot): "" | undefined {
  return bot.service === undefined ? "" : undefined;
}

async function readAvatar(bot: Bot, avatar: string): Promise<AvatarSource> {
  if (avatar.startsWith("mxc://")) return { kind: "uri", fingerprint: avatar };
  try {
    const bytes = await readFile(avatar);
    return { kind: "file", path: avatar, bytes, fingerprint: createHash("sha256").update(bytes).digest("hex") };
  } catch (error) {
    const key = bot.service === undefined ? "bot.avatar" : "serviceBots";
    throw new ConfigError(key, `The avatar file ${avatar} of ${bot.userId} cannot be read.`, { cause: error });
  }
}

function fingerprintOf(avatar: WantedProfile["avatar"]): string | undefined {
  return typeof avatar === "object" ? avatar.fingerprint : avatar;
}
