import type { Ghost } from "../../core/ghost.js";
import type { ServiceContext } from "../../core/service.js";
import type { GenericConfig } from "./schema.js";

/** A hook's own user (reference 2.9), where the configuration gives it one and the registration reserves it. */
export function ghostOf(name: string, { config, rooms }: Pick<ServiceContext<GenericConfig>, "config" | "rooms">): Ghost | undefined {
  if (config.userIdPrefix === undefined) return undefined;
  const own = name.toLowerCase().replace(/[^a-z0-9\-.=_]/g, "") || "bot";
  const userId = rooms.ghostId(`${config.userIdPrefix}${own}`);
  return userId === undefined ? undefined : { userId, displayName: `${name} (Webhook)` };
}
