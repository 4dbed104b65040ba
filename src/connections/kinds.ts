import type { Connection, ConnectionState } from "../core/connection.js";
import type { ActiveService, ConnectionKind } from "../core/service.js";
import { compileSchema, type Validated } from "../shared/validate.js";

/** A kind of connection of an enabled service. */
export interface KnownKind {
  readonly active: ActiveService;
  readonly kind: ConnectionKind<unknown>;
  /** The event type under which connections are written, and which their ids are made of. */
  readonly canonicalType: string;
  /** Checks a body and drops what the schema does not name. Changes its argument. */
  readonly validate: (body: unknown) => Validated<ConnectionState>;
}

/** The kinds of all enabled services; schemas are compiled once. */
export class KindCatalogue {
  readonly #byType = new Map<string, KnownKind>();
  readonly #byName = new Map<string, KnownKind>();

  /** @throws TypeError when two kinds claim an event type */
  constructor(services: readonly ActiveService[]) {
    for (const active of services) for (const kind of active.service.kinds) this.#add(active, kind);
  }

  #add(active: ActiveService, kind: ConnectionKind<unknown>): void {
    const known = { active, kind, canonicalType: kind.stateTypes[0], validate: compileState(kind) };
    this.#byName.set(nameOf(active.service.id, kind.id), known);
    for (const type of kind.stateTypes) {
      if (this.#byType.has(type)) throw new TypeError(`Two kinds of connection claim the event type ${type}`);
      this.#byType.set(type, known);
    }
  }

  forType(eventType: string): KnownKind | undefined {
    return this.#byType.get(eventType);
  }

  get(serviceId: string, kindId: string): KnownKind | undefined {
    return this.#byName.get(nameOf(serviceId, kindId));
  }

  forConnection({ serviceId, kindId }: Pick<Connection, "serviceId" | "kindId">): KnownKind | undefined {
    return this.get(serviceId, kindId);
  }
}

function nameOf(serviceId: string, kindId: string): string {
  return `${serviceId}/${kindId}`;
}

/** Only the top level drops unknown keys: what a nested object may hold is the schema's own business. */
function compileState({ stateSchema }: ConnectionKind<unknown>): KnownKind["validate"] {
  return compileSchema<ConnectionState>({ type: "object", ...stateSchema, additionalProperties: false }, { removeAdditional: true });
}

/** 0 for the canonical type, more for older ones; a type that the kind no longer has goes last. */
export function rankOf({ kind }: KnownKind, eventType: string): number {
  const rank = kind.stateTypes.indexOf(eventType);
  return rank < 0 ? Number.POSITIVE_INFINITY : rank;
}
