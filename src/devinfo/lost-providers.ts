import { gitIntegrationsProvider, webhooksProviderPrefix } from "../core/devinfo.js";
import type { ProviderSummary } from "../core/ports/devinfo.js";

/** Whether its data are what we read ourselves: nobody calls for it. */
export function isOurProvider(provider: string): boolean {
  return provider === gitIntegrationsProvider || provider.startsWith(webhooksProviderPrefix);
}

/**
 * Providers that have data and no caller: somebody changed a name or took a caller away, and what was stored is out of reach for the new one.
 * @param called providers of all callers that there are now
 * @returns a sentence for the log of each start; undefined where there is nothing to warn of
 */
export function warnOfLostProviders(stored: readonly ProviderSummary[], called: ReadonlySet<string>): string | undefined {
  const lost = stored.map(({ provider }) => provider).filter((provider) => !isOurProvider(provider) && !called.has(provider));
  if (lost.length === 0) return undefined;
  const [data, them] = lost.length === 1 ? ["has data and no caller", "it"] : ["have data and no caller", "them"];
  return `Of development information, ${listed(lost)} ${data}. Give a caller the name back, or rename or delete ${them} with \`switchboard devinfo providers\`.`;
}

const mostListed = 10;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, mostListed).join(", ");
  return names.length > mostListed ? `${shown} and ${names.length - mostListed} others` : shown;
}
