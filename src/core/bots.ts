import { isUserId, serverOf, type UserId } from "./ids.js";

/** One of our bot users: the main one, or a service bot of the configuration's `serviceBots`. */
export interface Bot {
  readonly userId: UserId;
  /** Permission name of the only service it serves; absent for the main bot, which serves all. */
  readonly service?: string;
  /** What set-up commands to it begin with: `!hookshot`, or a service bot's own prefix. */
  readonly prefix: string;
  readonly displayName?: string;
  /** `mxc://` URI or a file path. */
  readonly avatar?: string;
}

/** Our bots, and which user ids are ours. */
export class BotDirectory {
  readonly main: Bot;
  readonly all: readonly Bot[];
  readonly #namespaces: readonly RegExp[];

  /** @param namespaces the user namespaces of the registration file (un-anchored, reference 1.19) */
  constructor(main: Bot, serviceBots: readonly Bot[], namespaces: readonly RegExp[]) {
    this.main = main;
    this.all = [main, ...serviceBots];
    this.#namespaces = namespaces;
  }

  get(userId: string): Bot | undefined {
    return this.all.find((bot) => bot.userId === userId);
  }

  /**
   * True for bots and ghosts alike. Namespaces are often not bound to our server, where alone our users can be: a namesake elsewhere is a
   * stranger. For rights ask `get`: ghosts have none.
   */
  isOurs(userId: string): boolean {
    if (this.get(userId) !== undefined) return true;
    if (!isUserId(userId) || serverOf(userId) !== serverOf(this.main.userId)) return false;
    return this.#namespaces.some((pattern) => pattern.test(userId));
  }

  /** The bot that speaks for a service in a room: a service bot goes before the main one. Undefined when none of `joined` serves it. */
  forService(service: string, joined: readonly UserId[]): Bot | undefined {
    const present = this.all.filter((bot) => joined.includes(bot.userId));
    return present.find((bot) => bot.service === service) ?? present.find((bot) => bot.service === undefined);
  }
}
