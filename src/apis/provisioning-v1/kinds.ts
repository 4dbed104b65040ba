import type { Connection } from "../../core/connection.js";
import { NotFoundError, SwitchboardError } from "../../core/errors.js";
import type { Provisioning } from "../../core/provisioning.js";
import type { ActiveService, ConnectionKind } from "../../core/service.js";
import type { ProvisioningOptions } from "./options.js";

/** A kind of connection that programs can set up, of an enabled service. */
export interface ProvisionedKind {
  readonly active: ActiveService;
  readonly kind: ConnectionKind<unknown>;
  readonly provisioning: Provisioning<unknown>;
}

/** Which kinds programs can set up, and what to say of the others. */
export class ProvisionedKinds {
  /** By the key under which the list of types has them. */
  readonly listed: ReadonlyMap<string, ProvisionedKind>;
  readonly #services: readonly ActiveService[];
  readonly #disabled: ProvisioningOptions["disabledServices"];

  /** @throws TypeError when two kinds have the same key in the list of types */
  constructor({ services, disabledServices }: Pick<ProvisioningOptions, "services" | "disabledServices">) {
    this.#services = services;
    this.#disabled = disabledServices;
    this.listed = listKinds(services);
  }

  /**
   * @param eventType the canonical one or an older one
   * @throws NotFoundError; SwitchboardError HS_DISABLED_FEATURE, HS_UNSUPPORTED_OPERATION
   */
  forType(eventType: string): ProvisionedKind {
    for (const known of this.listed.values()) if (known.kind.stateTypes.includes(eventType)) return known;
    if (this.#services.some(({ service }) => hasType(service, eventType))) {
      throw new SwitchboardError("HS_UNSUPPORTED_OPERATION", "Connection type does not support provisioning");
    }
    const disabled = this.#disabled.find((service) => hasType(service, eventType));
    throw disabled === undefined ? new NotFoundError("Unknown event type") : notConfigured(disabled);
  }

  /** Undefined where programs cannot set such connections up. */
  forConnection({ serviceId, kindId }: Connection): ProvisionedKind | undefined {
    for (const known of this.listed.values()) {
      if (known.active.service.id === serviceId && known.kind.id === kindId) return known;
    }
    return undefined;
  }
}

function listKinds(services: readonly ActiveService[]): ReadonlyMap<string, ProvisionedKind> {
  const listed = new Map<string, ProvisionedKind>();
  for (const active of services) {
    for (const kind of active.service.kinds) {
      if (kind.provisioning === undefined) continue;
      const key = kind.provisioning.listedAs ?? kind.provisioning.type;
      if (listed.has(key)) throw new TypeError(`Two kinds of connection are listed as ${key}`);
      listed.set(key, { active, kind, provisioning: kind.provisioning });
    }
  }
  return listed;
}

function hasType({ kinds }: Pick<ActiveService["service"], "kinds">, eventType: string): boolean {
  return kinds.some(({ stateTypes }) => stateTypes.includes(eventType));
}

/** The sentence is Hookshot's (reference 4.1). */
export function notConfigured({ title }: { readonly title: string }): SwitchboardError {
  return new SwitchboardError("HS_DISABLED_FEATURE", `${title} not configured`);
}
