import type { ConnectionState } from "../core/connection.js";
import { compileSchema, describeProblems } from "../shared/validate.js";
import type { Config, StaticConnectionConfig } from "./config.js";
import type { Findings, Mistake } from "./findings.js";
import type { ServiceSection, StaticKind } from "./schema.js";

interface KnownType {
  readonly service: ServiceSection;
  readonly kind: StaticKind;
}

/** What is wrong with the static connections, in Hookshot's words (reference 1.18). */
export function findStaticMistakes(config: Config, services: readonly ServiceSection[]): readonly Mistake[] {
  const types = new Map<string, KnownType>();
  for (const service of services)
    for (const kind of service.kinds ?? []) for (const type of kind.stateTypes) types.set(type, { service, kind });
  return config.connections.flatMap((connection, index) => {
    const path = (field: string): readonly string[] => ["connections", String(index), field];
    const known = types.get(connection.connectionType);
    const problem = problemWithType(known, config);
    if (problem !== undefined) return [{ path: path("connectionType"), sentence: problem }];
    const complaint = known === undefined ? undefined : problemWithState(known.kind, connection);
    return complaint === undefined ? [] : [{ path: path("state"), sentence: complaint }];
  });
}

function problemWithType(known: KnownType | undefined, config: Config): string | undefined {
  if (known === undefined) return "is not a known connection type";
  const { service, kind } = known;
  if (kind.canBeStatic !== true) return "does not support static configuration";
  const section = config.services[service.configKey];
  const isEnabled = section !== undefined && service.isEnabled?.(section) !== false;
  return isEnabled ? undefined : `Service '${service.permissionName}' is not enabled in the config.`;
}

/** The same check as for a state event in a room: unknown keys count for nothing. */
function problemWithState(kind: StaticKind, { state, stateKey }: StaticConnectionConfig): string | undefined {
  const schema = { type: "object", ...kind.stateSchema, additionalProperties: false };
  // Cloned, because validating fills in defaults and the configuration is frozen.
  const body = structuredClone(kind.normalise?.(state, stateKey) ?? state);
  const validated = compileSchema<ConnectionState>(schema, { removeAdditional: true })(body);
  return validated.ok ? undefined : `connection state did not validate: ${describeProblems(validated.problems)}`;
}

/** Warns of rooms that cannot be any. */
export function warnOfStaticRooms(config: Config, findings: Findings): void {
  for (const [index, { roomId }] of config.connections.entries()) {
    if (!roomId.startsWith("!")) findings.warn(["connections", String(index), "roomId"], "is no room id, which begins with !.");
  }
}
