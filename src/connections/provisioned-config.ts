import type { Connection, ConnectionState } from "../core/connection.js";
import { RemoteError, SwitchboardError, ValidationError } from "../core/errors.js";
import type { RoomId, UserId } from "../core/ids.js";
import type { Provisioned, ProvisionInput } from "../core/provisioning.js";
import { tooLate, within } from "../delivery/limit.js";
import { describeProblems } from "../shared/validate.js";
import type { ConnectionContext } from "./dependencies.js";
import { withoutNulls } from "./interpret.js";
import type { KnownKind } from "./kinds.js";

export interface ConfigQuestion {
  readonly roomId: RoomId;
  /** As sent; for an update merged over what was stored. Without nulls. */
  readonly sent: Readonly<Record<string, unknown>>;
  readonly actor: UserId;
  /** The connection that is changed; absent where one is set up. */
  readonly current?: Connection;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

/** @throws SwitchboardError with HS_UNSUPPORTED_OPERATION for a kind that programs cannot set up */
export function requireProvisionable(known: KnownKind | undefined, refusal: string): KnownKind {
  if (known?.kind.provisioning === undefined) throw new SwitchboardError("HS_UNSUPPORTED_OPERATION", refusal);
  return known;
}

/**
 * Checks a configuration and asks its kind where it belongs: the kind's own checks, the schema, the remote.
 * @throws ValidationError, RemoteError; what the kind throws
 */
export async function askKind(
  { clock }: Pick<ConnectionContext, "clock">,
  known: KnownKind,
  { roomId, sent, actor, current, deadline }: ConfigQuestion,
): Promise<Provisioned> {
  const { provisioning } = known.kind;
  if (provisioning === undefined) throw new TypeError(`${known.kind.title} cannot be set up by programs`);
  const { service, context } = known.active;
  provisioning.check?.(sent);
  const question: ProvisionInput = {
    roomId,
    config: fitConfig(known, sent, current?.stateKey ?? ""),
    actor,
    ...(current === undefined ? {} : { current }),
  };
  const leftMs = deadline - clock.now();
  const late = (): RemoteError => new RemoteError(`${service.title} did not answer in time.`);
  if (leftMs <= 0) throw late();
  const provisioned = await within(clock, leftMs, provisioning.provision(question, context));
  if (provisioned === tooLate) throw late();
  return provisioned;
}

/**
 * The part of a configuration that is written into the room: the keys that the schema names, as they were sent.
 * @throws ValidationError with `validationErrors`
 */
export function fitConfig(known: KnownKind, sent: Readonly<Record<string, unknown>>, stateKey: string): ConnectionState {
  const body = withoutNulls(sent);
  const today = known.kind.normalise?.(body, stateKey) ?? body;
  // Cloned, because validating fills in defaults.
  const validated = known.validate(structuredClone(today));
  if (validated.ok) return Object.fromEntries(Object.entries(today).filter(([key]) => Object.hasOwn(validated.value, key)));
  const validationErrors = validated.problems.map(({ message, place }) => ({ message, path: place }));
  throw new ValidationError(`Failed to validate: ${describeProblems(validated.problems)}`, { details: { validationErrors } });
}

/**
 * A schema cannot say everything: whoever sent it is told in the kind's own words what is wrong with a state that fits it.
 * @throws ValidationError
 */
export function requireUsable({ kind }: KnownKind, { state, stateKey, status }: Connection): void {
  if (status.kind !== "invalid") return;
  try {
    kind.resourceKey(state, stateKey);
    kind.grant?.(state);
    kind.remoteKeys(state, stateKey);
  } catch (error) {
    if (error instanceof ValidationError) throw error;
  }
  throw new ValidationError(`Failed to validate: ${status.reason}`);
}
