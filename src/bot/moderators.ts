import { powerForSettings, powerOf } from "../core/power-levels.js";
import type { CommandCall } from "./command.js";
import type { BotDeps } from "./deps.js";

/**
 * May the person change the room's settings? Who may not is told nothing about what is broken in its state.
 * @throws RemoteError
 */
export async function isModerator({ room, actor }: CommandCall, { roomState }: Pick<BotDeps, "roomState">): Promise<boolean> {
  const [bot] = room.bots;
  if (bot === undefined || room.create === undefined) return false;
  const levels = await roomState.read(room.roomId, "m.room.power_levels", "", bot);
  const power = { levels, create: room.create.content, creator: room.create.sender };
  return powerOf(power, actor) >= powerForSettings(power);
}
