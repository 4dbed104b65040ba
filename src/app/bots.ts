import type { Config, Registration } from "../config/config.js";
import { BotDirectory, type Bot } from "../core/bots.js";
import type { UserId } from "../core/ids.js";

const mainPrefix = "!hookshot";

/** Our bots, as configuration and registration name them. */
export function createBotDirectory(config: Config, registration: Registration): BotDirectory {
  const { domain } = config.bridge;
  const main: Bot = { userId: userIdOf(registration.senderLocalpart, domain), prefix: mainPrefix, ...profileOf(config.bot) };
  const serviceBots = config.serviceBots.map((bot): Bot => {
    return { userId: userIdOf(bot.localpart, domain), service: bot.service, prefix: bot.prefix, ...profileOf(bot) };
  });
  const namespaces = registration.namespaces.users.map((namespace) => new RegExp(namespace.regex));
  return new BotDirectory(main, serviceBots, namespaces);
}

function userIdOf(localpart: string, domain: string): UserId {
  return `@${localpart}:${domain}`;
}

function profileOf({ displayname, avatar }: { readonly displayname?: string; readonly avatar?: string }): Partial<Bot> {
  return { ...(displayname === undefined ? {} : { displayName: displayname }), ...(avatar === undefined ? {} : { avatar }) };
}
