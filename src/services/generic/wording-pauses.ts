import { createHash } from "node:crypto";
import type { Connection } from "../../core/connection.js";
import type { ServiceStore } from "../../core/ports/service-store.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";

/** So many runs in a row that went over a limit pause a function. */
const limitHits = 3;

interface Record {
  /** Hash of the function; another one begins anew. */
  readonly script: string;
  readonly hits: number;
}

/** How often a hook's function went over a limit. */
export interface PauseState {
  readonly isPaused: boolean;
  /** Stored when it went over a limit once more; `pauses` when this is what pauses it. */
  overLimit(): { readonly changes: readonly StoreChange[]; readonly pauses: boolean };
  /** Stored when it did not. */
  withinLimits(): readonly StoreChange[];
}

export async function readPauseState(store: ServiceStore, connection: Connection, script: string): Promise<PauseState> {
  const place = placeOf(connection);
  const known = readRecord(await store.get(place));
  const hash = hashOf(script);
  const hits = known?.script === hash ? known.hits : 0;
  return {
    isPaused: hits >= limitHits,
    overLimit() {
      const next: Record = { script: hash, hits: hits + 1 };
      return { changes: [store.put(place, JSON.stringify(next))], pauses: next.hits === limitHits };
    },
    withinLimits: () => (known === undefined ? [] : [store.remove(place)]),
  };
}

export function resumeFunction(store: ServiceStore, connection: Connection): readonly StoreChange[] {
  return [store.remove(placeOf(connection))];
}

export function hashOf(script: string): string {
  return createHash("sha256").update(script).digest("base64url");
}

function placeOf({ id }: Connection): string {
  return `limits/${id}`;
}

function readRecord(text: string | undefined): Record | undefined {
  // We wrote it.
  return text === undefined ? undefined : (JSON.parse(text) as Record);
}
