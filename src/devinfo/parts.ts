import type { DevinfoObserver } from "../core/ports/devinfo.js";
import type { DevinfoStore } from "../core/ports/devinfo-store.js";
import type { Clock } from "../shared/clock.js";
import type { Cleaning } from "./cleaning.js";
import type { DevinfoCommit } from "./commit.js";
import type { EngineLimits } from "./limits.js";
import type { Counters } from "./counters.js";
import type { ProviderTable } from "./provider-table.js";
import type { Turns } from "./turns.js";

/** What the parts of the engine share. */
export interface EngineParts {
  readonly store: DevinfoStore;
  readonly commit: DevinfoCommit;
  readonly observers: readonly DevinfoObserver[];
  readonly clock: Clock;
  readonly turns: Turns;
  readonly providers: ProviderTable;
  readonly counters: Counters;
  readonly cleaning: Cleaning;
  readonly limits: EngineLimits;
}
