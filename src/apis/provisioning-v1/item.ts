import type { Bot } from "../../core/bots.js";
import type { Connection } from "../../core/connection.js";
import type { ProvisionResult } from "../../connections/operations.js";
import type { ProvisionedKind } from "./kinds.js";
import type { ProvisioningParts } from "./parts.js";

/** A connection as programs see it (reference 4.4). */
interface Item {
  readonly id: string;
  readonly eventType: string;
  readonly type: string;
  readonly service: string;
  readonly botUserId: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Without secrets: everybody in the room may see it. */
export function toItem({ provisioning, active, kind }: ProvisionedKind, connection: Connection, bot: Bot): Item {
  return {
    id: connection.id,
    eventType: kind.stateTypes[0],
    type: provisioning.type,
    service: provisioning.service,
    botUserId: bot.userId,
    config: provisioning.config?.(connection, active.context) ?? connection.state,
  };
}

/** For who set the connection up. */
export async function toWrittenItem(known: ProvisionedKind, { connection, secretId, warning }: ProvisionResult, bot: Bot): Promise<object> {
  const secrets = await known.provisioning.secrets?.(connection, secretId, known.active.context);
  return {
    ...toItem(known, connection, bot),
    ...(secrets === undefined ? {} : { secrets }),
    ...(warning === undefined ? {} : { warning }),
  };
}

/** The bot that speaks for each connection of a room. @param present one that is in it for certain */
export async function botsOf(
  { rooms, bots }: Pick<ProvisioningParts, "rooms" | "bots">,
  roomId: Connection["roomId"],
  present: Bot,
): Promise<(known: ProvisionedKind) => Bot> {
  const joined = (await rooms.get(roomId))?.bots ?? [];
  return ({ active }) => bots.forService(active.service.permissionName, [...joined, present.userId]) ?? present;
}
