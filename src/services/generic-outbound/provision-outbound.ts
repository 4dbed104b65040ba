import { connectionId, type Connection } from "../../core/connection.js";
import { ValidationError } from "../../core/errors.js";
import type { ItemSecrets, Provisioned, Provisioning, ProvisionInput } from "../../core/provisioning.js";
import type { ServiceContext } from "../../core/service.js";
import { outboundKindId } from "./kind-outbound.js";
import { checkName, outboundState, readAddress } from "./outbound-state.js";
import { requireKey } from "./outbound-target.js";
import { checkAddress } from "./resolve.js";
import { methodMistake, methods, nameMistake, urlMistake, type OutboundConfig } from "./schema.js";
import { createToken, findToken, keepToken, stateType } from "./tokens.js";

type Context = ServiceContext<OutboundConfig>;
type Body = Readonly<Record<string, unknown>>;

/** How programs set up outbound webhooks: in Hookshot's words (reference 2.10, 4.4). Inbound ones have the same `type` there. */
export const outboundProvisioning: Provisioning<OutboundConfig> = {
  type: "Webhook",
  listedAs: "OutboundWebhook",
  service: "genericOutbound",
  check: checkBody,
  provision: provisionOutbound,
  secrets: secretsOf,
};

/** Hookshot's order. @throws ValidationError */
function checkBody({ url, name, method }: Body): void {
  if (typeof url !== "string") throw new ValidationError(urlMistake);
  if (typeof name !== "string") throw new ValidationError(nameMistake);
  readAddress(url);
  if (method !== undefined && !methods.some((known) => known === method)) throw new ValidationError(methodMistake);
}

/** What stays as it is is not judged again: rules may have come since. @throws SwitchboardError */
async function provisionOutbound(input: ProvisionInput, context: Context): Promise<Provisioned> {
  const { config, current } = input;
  const { name, url } = outboundState(config);
  const before = current === undefined ? undefined : outboundState(current.state);
  if (name !== before?.name) checkName(name);
  if (url !== before?.url) checkAddress(url, context);
  // As with the command: a second webhook of that name takes the place of the first.
  const target = { kindId: outboundKindId, stateKey: name, state: config, name };
  const place = { id: connectionId(input.roomId, stateType, name), roomId: input.roomId, stateKey: name };
  const isNew = (current ?? (await standingAt(place.id, context))) === undefined;
  if (isNew) requireKey(context);
  // One that had the name and has ended had a token, too; whoever knew it was to be rid of.
  return { target, changes: isNew ? keepToken(place, createToken(context.random), context) : [] };
}

async function standingAt(id: Connection["id"], { connections }: Context): Promise<Connection | undefined> {
  const connection = await connections.get(id);
  return connection?.status.kind === "active" ? connection : undefined;
}

/** A connection without a token, such as one that somebody wrote into the room by hand, gets it now. */
async function secretsOf(connection: Connection, _secretId: string | undefined, context: Context): Promise<ItemSecrets> {
  const known = await findToken(connection, context);
  if (known !== undefined || !context.secrets.canKeep) return known === undefined ? undefined : { token: known };
  const token = createToken(context.random);
  await context.commit(keepToken(connection, token, context));
  return { token };
}
