import type { Connection } from "../../core/connection.js";
import { SwitchboardError } from "../../core/errors.js";
import type { ConnectionTarget, ConnectResult, PrivateAnswer, ServiceContext } from "../../core/service.js";
import { outboundKindId } from "./kind-outbound.js";
import { knownTokenAnswer, tokenAnswer } from "./messages.js";
import { nameOf } from "./outbound-state.js";
import type { OutboundConfig } from "./schema.js";
import { createToken, findToken, keepToken } from "./tokens.js";

type Context = ServiceContext<OutboundConfig>;

/** A webhook whose token is told to whoever makes it and to nobody else. */
export function outboundTarget(stateKey: string, name: string, url: string, context: Context): ConnectionTarget {
  return {
    kindId: outboundKindId,
    stateKey,
    state: { name, url },
    name,
    privately: (result) => tellToken(result, context),
  };
}

/** A connection that stands already gets a token only where it has none, as after a crash between the two. */
async function tellToken({ kind, connection }: ConnectResult, context: Context): Promise<PrivateAnswer> {
  const isNew = kind === "created" || (await findToken(connection, context)) === undefined;
  return isNew ? renewToken(connection, context) : knownTokenAnswer(nameOf(connection));
}

/** @throws StorageError when no key is configured */
export async function renewToken(connection: Connection, context: Context): Promise<PrivateAnswer> {
  const token = createToken(context.random);
  await context.commit(keepToken(connection, token, context));
  return tokenAnswer(nameOf(connection), connection.roomId, token);
}

/** Asked before anything is changed. @throws SwitchboardError with HS_DISABLED_FEATURE */
export function requireKey({ secrets }: Context): void {
  if (secrets.canKeep) return;
  throw new SwitchboardError("HS_DISABLED_FEATURE", noKey);
}

export const noKey =
  "A webhook's secret token cannot be kept, because there is no key to encrypt it with. Ask the administrator to set `storage.keyFile` (`switchboard init` makes one).";
