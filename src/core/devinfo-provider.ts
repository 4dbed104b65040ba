import { gitIntegrationsProvider, webhooksProviderPrefix } from "./devinfo.js";

/**
 * Judges a name that somebody gives to a provider of development information.
 * @returns what is wrong with it, as the end of a sentence that begins with the name; undefined when nothing is
 */
export function providerMistake(name: string): string | undefined {
  if (!/^[A-Za-z0-9._-]{1,255}$/.test(name)) return "is no name of a provider: 1 to 255 letters, digits, `.`, `-` and `_`.";
  if (name !== gitIntegrationsProvider && !name.startsWith(webhooksProviderPrefix)) return undefined;
  return `is reserved: \`${gitIntegrationsProvider}\` and what begins with \`${webhooksProviderPrefix}\` is what Switchboard reads itself.`;
}
