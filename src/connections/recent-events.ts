import type { EventId } from "../core/ids.js";
import { RecentMap } from "../shared/recent-map.js";

const remembered = 5_000;

/**
 * State events that were applied or made by us lately. Homeservers send events again, and our own come back: an old one of them must not
 * win over a newer one. Those of before a start are not remembered: they take nothing away that is needed (overtaken-events.ts), and the later
 * reading of the room sets right what else they may have done.
 */
export class RecentEvents {
  readonly #ids = new RecentMap<EventId, true>(remembered);

  has(eventId: EventId): boolean {
    return this.#ids.has(eventId);
  }

  add(eventId: EventId): void {
    this.#ids.set(eventId, true);
  }
}
