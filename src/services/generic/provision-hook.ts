import { connectionId, type Connection } from "../../core/connection.js";
import { SwitchboardError, ValidationError } from "../../core/errors.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { ItemSecrets, Provisioned, Provisioning, ProvisionInput } from "../../core/provisioning.js";
import type { ServiceContext } from "../../core/service.js";
import { expiryOf, invalidDate, parseExpirationDate } from "./expiry.js";
import { isDue, markWarned } from "./expiry-notices.js";
import { hookIdsType, hookUrl } from "./hook-id.js";
import { hookState } from "./hook-state.js";
import { hookKindId } from "./kind-hook.js";
import { dateMistake, nameMistake, noFunctions, noName, type GenericConfig, type HookState } from "./schema.js";
import { findSigningSecret, makeSigningSecret, removeSigningSecret, requireKey } from "./signing-secrets.js";
import type { TransformRunner } from "./transform.js";

type Context = ServiceContext<GenericConfig>;
type Body = Readonly<Record<string, unknown>>;

/** How programs set up hooks: in Hookshot's words (reference 2.9, 4.4), with whatever else a hook can be told. */
export function createHookProvisioning(runner: TransformRunner): Provisioning<GenericConfig> {
  return {
    type: "Webhook",
    service: "generic",
    check: checkBody,
    provision: (input, context) => provisionHook(input, context, runner),
    secrets: secretsOf,
  };
}

/** Hookshot's order. @throws ValidationError */
function checkBody({ name, waitForComplete, transformationFunction = "", expirationDate, includeHookBody }: Body): void {
  // An empty name counts as missing there.
  demand(name !== undefined && name !== "", noName);
  demand(typeof name === "string" && name.length >= 3 && name.length <= 64, nameMistake);
  demand(isBooleanIfGiven(waitForComplete), "'waitForComplete' must be a boolean");
  demand(typeof transformationFunction === "string", "Transformation functions must be a string");
  if (expirationDate !== undefined) checkDate(expirationDate);
  demand(isBooleanIfGiven(includeHookBody), "'includeHookBody' must be a boolean");
}

function checkDate(date: unknown): void {
  if (typeof date !== "string" || date === "") throw new ValidationError(dateMistake);
  demand(parseExpirationDate(date) !== undefined, invalidDate);
}

function isBooleanIfGiven(value: unknown): boolean {
  return value === undefined || typeof value === "boolean";
}

function demand(fits: boolean, mistake: string): void {
  if (!fits) throw new ValidationError(mistake);
}

/** The state key is the hook's name, as with the command: a second hook of that name takes the place of the first, and keeps its address. */
async function provisionHook(input: ProvisionInput, context: Context, runner: TransformRunner): Promise<Provisioned> {
  const { roomId, config } = input;
  const state = hookState(config);
  const place = connectionId(roomId, hookIdsType, state.name);
  const before = input.current ?? (await standingAt(place, context));
  await checkFunction(state, before, context, runner);
  if (state.signature !== undefined) requireKey(context);
  const target = { kindId: hookKindId, stateKey: state.name, state: config, name: state.name };
  return { target, changes: [...warningKnown(before?.id ?? place, state, before, context), ...secretGone(before, state, context)] };
}

async function standingAt(id: Connection["id"], { connections }: Context): Promise<Connection | undefined> {
  const connection = await connections.get(id);
  return connection?.status.kind === "active" ? connection : undefined;
}

/**
 * A function that has just been sent and does not compile is refused: whoever sent it reads the answer, and the one before it stays.
 * @throws SwitchboardError
 */
async function checkFunction(
  { transformationFunction: script }: HookState,
  before: Connection | undefined,
  { config }: Context,
  runner: TransformRunner,
): Promise<void> {
  if (script === undefined) return;
  if (!config.allowJsTransformationFunctions) throw new SwitchboardError("HS_DISABLED_FEATURE", noFunctions);
  if (before !== undefined && script === hookState(before.state).transformationFunction) return;
  const mistake = await runner.check(script);
  if (mistake !== undefined) throw new ValidationError(`Could not compile transformation function: ${mistake}`);
}

/** Whoever chooses a date that is near knows of it: the room is not told again. */
function warningKnown(id: Connection["id"], state: HookState, before: Connection | undefined, context: Context): readonly StoreChange[] {
  const expiry = expiryOf(state);
  if (expiry === undefined || !isDue(expiry - context.now())) return [];
  const isKnown = before !== undefined && hookState(before.state).expirationDate === state.expirationDate;
  return isKnown ? [] : [markWarned(context, id, expiry)];
}

/** Nothing is kept of a secret that is not asked for any more; another wish to have requests signed makes another. */
function secretGone(before: Connection | undefined, { signature }: HookState, context: Context): readonly StoreChange[] {
  if (before === undefined || signature !== undefined || hookState(before.state).signature === undefined) return [];
  return removeSigningSecret(context, before);
}

async function secretsOf(connection: Connection, hookId: string | undefined, context: Context): Promise<ItemSecrets> {
  if (hookId === undefined) return undefined;
  const state = hookState(connection.state);
  const expiry = expiryOf(state);
  const signingSecret = state.signature === undefined ? undefined : await signingSecretOf(connection, context);
  return {
    url: hookUrl(context.config, hookId),
    hookId,
    ...(expiry === undefined ? {} : { timeRemainingMs: Math.max(0, expiry - context.now()) }),
    ...(signingSecret === undefined ? {} : { signingSecret }),
  };
}

/** Made when it is first asked for: until then nothing is let in that has to be signed. */
async function signingSecretOf(connection: Connection, context: Context): Promise<string | undefined> {
  if (!context.secrets.canKeep) return undefined;
  const known = await findSigningSecret(context.secrets, connection.remoteKeys[0] ?? "");
  return known ?? makeSigningSecret(connection, context);
}
