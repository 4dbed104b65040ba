import type { Connection } from "../core/connection.js";
import type { Provisioned } from "../core/provisioning.js";
import { checkChange } from "./change-rules.js";
import { requireFreePrefix } from "./command-prefix.js";
import type { ConnectionContext } from "./dependencies.js";
import { withoutNulls } from "./interpret.js";
import type { KnownKind } from "./kinds.js";
import type { ProvisionInput, ProvisionResult } from "./operations.js";
import { askKind, fitConfig, requireProvisionable, requireUsable } from "./provisioned-config.js";
import { replaceConfig } from "./replace-config.js";
import { requireLevel } from "./rights.js";
import { findRivals, requireFreePlace } from "./rivals.js";
import { settleChanges } from "./settle-changes.js";
import { requireNotStatic } from "./static-connections.js";
import { wantedConnection, writeConnection } from "./write-connection.js";

/**
 * Sets a connection up, or replaces the configuration of the one that means the same. Called in the room's turn, after `checkAccess`.
 * @throws PermissionError, ValidationError, RemoteError; SwitchboardError HS_UNSUPPORTED_OPERATION, HS_CONFLICTING_CONNECTION
 */
export async function provision(context: ConnectionContext, input: ProvisionInput): Promise<ProvisionResult> {
  const { roomId, actor, service, kindId, deadline } = input;
  const known = requireProvisionable(context.kinds.get(service.service.id, kindId), "Connection type does not support provisioning");
  await settleChanges(context, roomId);
  const sent = withoutNulls(input.config);
  await requireFreePrefix(context, known, { roomId, state: sent });
  requireLevel(context, actor, service);
  const provisioned = await askKind(context, known, { roomId, sent, actor, deadline });
  const { connection, secretId } = await place(context, known, input, provisioned);
  return {
    connection,
    ...(secretId === undefined ? {} : { secretId }),
    ...(provisioned.warning === undefined ? {} : { warning: provisioned.warning }),
  };
}

async function place(
  context: ConnectionContext,
  known: KnownKind,
  { roomId, access: { bot } }: ProvisionInput,
  { target, changes = [] }: Provisioned,
): Promise<ProvisionResult> {
  const content = fitConfig(known, target.state, target.stateKey);
  const write = { roomId, stateKey: target.stateKey, content, bot };
  const wanted = wantedConnection(known, write);
  requireUsable(known, wanted);
  const rivals = await findRivals(context, known, wanted);
  const standing = chooseStanding(rivals, wanted);
  if (standing !== undefined) {
    requireNotStatic(standing);
    return replaceConfig(context, known, standing, { content, bot, changes });
  }
  const inPlace = await context.index.get(wanted.id);
  requireFreePlace(known, inPlace);
  checkChange(known, wanted.state, inPlace);
  return writeConnection(context, known, { ...write, rivals, changes });
}

/** Written by hand, there may be several that mean the same: the one in the wanted place goes first. */
function chooseStanding(rivals: readonly Connection[], { id }: Connection): Connection | undefined {
  const active = rivals.filter(({ status }) => status.kind === "active");
  return active.find((connection) => connection.id === id) ?? active[0];
}
