import type { ServiceSetUp } from "../../core/service-set-up.js";
import { services } from "../services.js";

/** How a service of this build is set up, and where its section belongs. */
export interface NamedSetUp extends ServiceSetUp {
  readonly configKey: string;
}

/** Those of the services in this build that `switchboard init` can set up. */
export function serviceSetUps(): readonly NamedSetUp[] {
  return services.flatMap(({ setUp, configKey }) => (setUp === undefined ? [] : [{ ...setUp, configKey }]));
}
