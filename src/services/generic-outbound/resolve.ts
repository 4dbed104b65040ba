import { createHash } from "node:crypto";
import { RemoteError, ValidationError } from "../../core/errors.js";
import type { Resolution, ResolveInput, ServiceContext } from "../../core/service.js";
import { parseHttpUrl } from "../../shared/url.js";
import { noKey, outboundTarget } from "./outbound-target.js";
import type { OutboundConfig } from "./schema.js";

/** Room state takes keys of 255 bytes (Matrix spec, "Size limits"). */
const longestKey = 255;

/** `!connect outbound-hook https://example.org/hook [name=archive]`: the address is what is connected; it is called by its host unless named. */
export async function resolveOutbound({ typed, remoteName }: ResolveInput, context: ServiceContext<OutboundConfig>): Promise<Resolution> {
  const address = remoteName === undefined ? parseHttpUrl(typed) : undefined;
  if (address === undefined) {
    return refused("Say where events are to be sent, as in `!connect outbound-hook https://example.org/hook name=archive`.");
  }
  if (!context.secrets.canKeep) return refused(noKey);
  const mistake = mistakeIn(address.href, context);
  if (mistake !== undefined) return refused(mistake);
  return { kind: "found", target: outboundTarget(stateKeyFor(address), address.host, address.href, context) };
}

function stateKeyFor({ href, origin }: URL): string {
  if (href.length <= longestKey) return href;
  return `${origin.slice(0, 128)}/#${createHash("sha256").update(href).digest("hex")}`;
}

/** What is wrong with an address as it is typed. */
function mistakeIn(url: string, { guarded }: Pick<ServiceContext<OutboundConfig>, "guarded">): string | undefined {
  try {
    guarded.check?.(url);
    return undefined;
  } catch (error) {
    if (error instanceof RemoteError) return error.message;
    throw error;
  }
}

/** @throws ValidationError */
export function checkAddress(url: string, context: Pick<ServiceContext<OutboundConfig>, "guarded">): void {
  const mistake = mistakeIn(url, context);
  if (mistake !== undefined) throw new ValidationError(mistake);
}

function refused(reason: string): Resolution {
  return { kind: "refused", reason };
}
