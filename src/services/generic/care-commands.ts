import type { Connection } from "../../core/connection.js";
import { SwitchboardError, ValidationError } from "../../core/errors.js";
import type { RemoteEvent } from "../../core/remote-event.js";
import type { ServiceContext, SetupAnswer, SetupCommand, SetupOperations } from "../../core/service.js";
import { callEvent, type HookCall } from "./call.js";
import { hookState } from "./hook-state.js";
import { parseDuration } from "./limits.js";
import { samplePayload } from "./sample-payload.js";
import type { GenericConfig, HookState } from "./schema.js";
import { makeSigningSecret, removeSigningSecret, requireKey } from "./signing-secrets.js";
import { addressOf, roomLink } from "./target.js";
import { typedName } from "./typed-name.js";
import { resumeFunction } from "./wording-pauses.js";

type Context = ServiceContext<GenericConfig>;

/** Makes a hook; what Hookshot's `webhook <name> [liveDuration]` does. */
export type CreateHook = (name: string, liveDuration: string | undefined, setup: SetupOperations, context: Context) => Promise<SetupAnswer>;

/** A hook of the room, for a command. */
interface Hook {
  readonly connection: Connection;
  readonly state: HookState;
  readonly setup: SetupOperations;
  readonly context: Context;
  /** What was typed after its name. */
  readonly option: string | undefined;
}

interface Care {
  /** The word after `webhook`. */
  readonly word: string;
  readonly option?: string;
  readonly help: string;
  readonly run: (hook: Hook) => Promise<SetupAnswer>;
}

const cares: readonly Care[] = [
  { word: "test", help: "Post a sample message through a webhook.", run: testHook },
  { word: "url", help: "Tell me a webhook's secret url again.", run: tellAddress },
  {
    word: "secret",
    option: "off",
    help: "Have requests to a webhook signed with a new secret, or (`off`) no longer.",
    run: changeSecret,
  },
  { word: "resume", help: "Let a webhook go on that is paused because its function went over a limit.", run: resumeHook },
];

/** Our own commands for looking after hooks. Without the name of a hook after them they mean what Hookshot's users mean: a hook of that name. */
export function createCareCommands(createHook: CreateHook): readonly SetupCommand<GenericConfig>[] {
  return cares.map(({ word, option, help, run }) => ({
    name: `webhook ${word}`,
    // The name is asked for below.
    arguments: [{ name: "name", required: false }, ...(option === undefined ? [] : [{ name: option, required: false }])],
    help,
    effect: "change",
    async run(values, setup, context) {
      const { name } = values;
      const connection = name === undefined ? undefined : await findHook(name, setup);
      if (connection !== undefined) {
        return run({ connection, state: hookState(connection.state), setup, context, option: option && values[option] });
      }
      // `webhook test` and `webhook test 2h` are Hookshot's: a hook called `test`.
      if (name === undefined || parseDuration(name) !== undefined) return createHook(word, name, setup, context);
      throw new ValidationError(`No webhook by the name of "${name}" is configured.`);
    },
  }));
}

async function findHook(name: string, setup: SetupOperations): Promise<Connection | undefined> {
  return (await setup.connections()).find(({ state }) => hookState(state).name === name);
}

/** The sample goes the way of a request, only that no request brings it. */
async function testHook({ connection, state, context }: Hook): Promise<SetupAnswer> {
  const receivedAt = context.now();
  const payload: HookCall = { flavour: "plain", data: samplePayload(state), receivedAt, onlyFor: connection.id };
  const event: RemoteEvent = { name: callEvent, routingKeys: connection.remoteKeys.slice(0, 1), payload };
  await context.emit(event, `test/${connection.id}/${receivedAt}`);
  return { body: `A sample is on its way through the webhook ${state.name}.` };
}

async function tellAddress({ connection, state, setup, context }: Hook): Promise<SetupAnswer> {
  const secretId = connection.isStatic === true ? connection.stateKey : await setup.secretIdOf(connection);
  return { body: "See admin room for secret url.", privately: addressOf(state.name, setup.roomId, secretId, context) };
}

/**
 * The secret is stored before the state asks for it, and removed after the state does not ask any more: a request is never let in unsigned
 * while the room believes that it has to be signed.
 */
async function changeSecret({ connection, state, setup, context, option }: Hook): Promise<SetupAnswer> {
  const { name } = state;
  if (option === "off") {
    await setSignature(connection, undefined, context);
    await context.commit(removeSigningSecret(context, connection));
    return { body: `Requests to the webhook ${name} need no signature any more.` };
  }
  if (option !== undefined) throw new ValidationError(`Type \`webhook secret ${typedName(name)}\` for a new secret, or \`off\` behind it.`);
  requireKey(context);
  if (state.signature === undefined) requireChangeable(connection);
  const secret = await makeSigningSecret(connection, context);
  if (state.signature === undefined) await setSignature(connection, {}, context);
  const privately = {
    body:
      `Requests to the webhook "${name}" in ${roomLink(setup.roomId)} have to be signed from now on: as Standard Webhooks, or by an HMAC-SHA256 ` +
      `of the body in the header ${state.signature?.header ?? "X-Hub-Signature-256"}, as ${state.signature?.prefix ?? "sha256="}<hex>.\n` +
      `Please configure your webhook source to use this secret\n${secret}`,
  };
  return { body: `Requests to the webhook ${name} have to be signed from now on. See admin room for the secret.`, privately };
}

/** @throws SwitchboardError */
function requireChangeable({ isStatic }: Connection): void {
  if (isStatic !== true) return;
  const remedy = "`signature` belongs into its settings in the configuration.";
  throw new SwitchboardError("HS_UNSUPPORTED_OPERATION", `Connection is static and cannot be changed at runtime: ${remedy}`);
}

/** What the room's state says besides stays as it is. */
async function setSignature(connection: Connection, signature: object | undefined, { rooms }: Context): Promise<void> {
  const { roomId, eventType, stateKey } = connection;
  requireChangeable(connection);
  const { signature: _before, ...content } = (await rooms.readState(roomId, eventType, stateKey)) ?? connection.state;
  await rooms.setState(roomId, eventType, stateKey, signature === undefined ? content : { ...content, signature });
}

async function resumeHook({ connection, state, context }: Hook): Promise<SetupAnswer> {
  await context.commit(resumeFunction(context.store, connection));
  return { body: `The webhook ${state.name} goes on.` };
}
