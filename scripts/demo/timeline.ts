import type { ClientEvent } from "../../test/support/matrix-client.js";
import { DemoFailure } from "./failure.js";

/** What the timeline needs of a person at a client. */
export interface Reader {
  waitForEvent(
    roomId: string,
    fits: (event: ClientEvent) => boolean,
    options: { readonly timeoutMs: number; readonly after?: string },
  ): Promise<ClientEvent>;
}

interface TimelineOptions {
  readonly reader: Reader;
  readonly roomId: string;
  readonly show: (event: ClientEvent) => void;
  readonly timeoutMs: number;
}

interface Expectation {
  readonly fits: (event: ClientEvent) => boolean;
  /** Completes the sentence "… did not arrive". */
  readonly what: string;
  /** Only events that stand behind the one with this id. */
  readonly after?: string;
}

interface Waiter {
  readonly fits: (event: ClientEvent) => boolean;
  readonly resolve: (event: ClientEvent) => void;
}

// The longest that a timer takes; who reads the room reads it until the demo ends.
const withoutEndMs = 2 ** 31 - 1;

/** The room as a user's client gets it from the homeserver. Every event is shown once, in order, before anybody who waits for it goes on. */
export class Timeline {
  readonly #options: TimelineOptions;
  readonly #events: ClientEvent[] = [];
  readonly #waiters = new Set<Waiter>();

  constructor(options: TimelineOptions) {
    this.#options = options;
  }

  /** Shows what there is and what comes, until the process ends; rejects when the room cannot be read. */
  async follow(): Promise<never> {
    const { reader, roomId, show } = this.#options;
    for (;;) {
      const after = this.#events.at(-1)?.event_id;
      const event = await reader.waitForEvent(roomId, () => true, {
        timeoutMs: withoutEndMs,
        ...(after === undefined ? {} : { after }),
      });
      this.#events.push(event);
      show(event);
      for (const waiter of this.#waiters) if (waiter.fits(event)) waiter.resolve(event);
    }
  }

  /** Waits until an event that fits was shown; one shown before counts too. @throws DemoFailure when it does not come in time */
  async expect({ fits, what, after }: Expectation): Promise<ClientEvent> {
    const isFit = (event: ClientEvent): boolean => fits(event) && (after === undefined || this.#isBehind(event, after));
    const known = this.#events.find(isFit);
    return known ?? this.#waitFor(isFit, what);
  }

  #isBehind(event: ClientEvent, after: string): boolean {
    const start = this.#events.findIndex((candidate) => candidate.event_id === after);
    return start !== -1 && this.#events.indexOf(event) > start;
  }

  #waitFor(fits: (event: ClientEvent) => boolean, what: string): Promise<ClientEvent> {
    const { timeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
      };
      const timer = setTimeout(() => {
        end();
        reject(new DemoFailure(`${what} did not arrive within ${timeoutMs / 1_000} s.`));
      }, timeoutMs);
      const waiter: Waiter = {
        fits,
        resolve: (event) => {
          end();
          resolve(event);
        },
      };
      this.#waiters.add(waiter);
    });
  }
}
