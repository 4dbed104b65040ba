import { ValidationError } from "../../core/errors.js";
import type { RoomId } from "../../core/ids.js";
import type { ConnectionTarget, PrivateAnswer, ServiceContext } from "../../core/service.js";
import { hookUrl } from "./hook-id.js";
import { hookKindId } from "./kind-hook.js";
import type { GenericConfig, HookState } from "./schema.js";

type Config = Pick<ServiceContext<GenericConfig>, "config">;

/** Hookshot's sentence (reference 3.2). */
const invalidName = "A webhook name must be between 3-64 characters.";

/** @throws ValidationError */
export function checkName(name: string): void {
  if (name.length < 3 || name.length > 64) throw new ValidationError(invalidName);
}

/** A hook of that name, whose address is told to whoever makes it and to nobody else. */
export function hookTarget(name: string, settings: Partial<HookState>, context: Config): ConnectionTarget {
  return {
    kindId: hookKindId,
    stateKey: name,
    state: { name, ...settings },
    name,
    privately: ({ connection, secretId }) => addressOf(name, connection.roomId, secretId, context),
  };
}

/** Three lines in Hookshot's words, the address by itself on the third: people copy it, and programs read it there (reference 3.2, 15). */
export function addressOf(name: string, roomId: RoomId, secretId: string | undefined, { config }: Config): PrivateAnswer {
  const lead = `You have bridged the webhook "${name}" in ${roomLink(roomId)} .`;
  if (secretId === undefined) return { body: `${lead}\nIts address is not known here.` };
  return { body: `${lead}\nPlease configure your webhook source to use\n${hookUrl(config, secretId)}` };
}

export function roomLink(roomId: RoomId): string {
  return `https://matrix.to/#/${encodeURIComponent(roomId)}`;
}
