import { beforeEach, describe, expect, it } from "vitest";
import type { ClientEvent } from "../../test/support/matrix-client.js";
import { DemoFailure } from "./failure.js";
import { Timeline, type Reader } from "./timeline.js";

/** A homeserver that hands out its events one after the other. */
class FakeReader implements Reader {
  readonly #events: ClientEvent[] = [];
  #wake: () => void = () => undefined;

  add(body: string): string {
    const id = `$${this.#events.length}`;
    this.#events.push({ type: "m.room.message", event_id: id, sender: "@ada:localhost", origin_server_ts: 0, content: { body } });
    this.#wake();
    return id;
  }

  async waitForEvent(_roomId: string, _fits: unknown, options: { readonly after?: string }): Promise<ClientEvent> {
    for (;;) {
      const next = this.#events[this.#events.findIndex((event) => event.event_id === options.after) + 1];
      if (next !== undefined) return next;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

let reader: FakeReader;
let shown: unknown[];
let timeline: Timeline;

beforeEach(() => {
  reader = new FakeReader();
  shown = [];
  const show = (event: ClientEvent): void => void shown.push(event.content["body"]);
  timeline = new Timeline({ reader, roomId: "!r:localhost", show, timeoutMs: 60_000 });
  void timeline.follow();
});

function says(body: string): (event: ClientEvent) => boolean {
  return ({ content }) => content["body"] === body;
}

describe("the demo's timeline", () => {
  it("shows every event once, in order, before those who wait for it go on", async () => {
    reader.add("one");
    const third = timeline.expect({ fits: says("three"), what: "Three" });
    reader.add("two");
    reader.add("three");

    await third;

    expect(shown).toEqual(["one", "two", "three"]);
  });

  it("finds an event that was shown before", async () => {
    reader.add("one");
    reader.add("two");
    await timeline.expect({ fits: says("two"), what: "Two" });

    const found = await timeline.expect({ fits: says("one"), what: "One" });

    expect(found.event_id).toBe("$0");
  });

  it("passes over events before the one named, although it was not shown yet", async () => {
    reader.add("yes");
    const after = reader.add("again?");
    const answer = timeline.expect({ fits: says("yes"), what: "The second yes", after });
    const second = reader.add("yes");

    expect((await answer).event_id).toBe(second);
  });

  it("says what did not arrive in time", async () => {
    const impatient = new Timeline({ reader, roomId: "!r:localhost", show: () => undefined, timeoutMs: 1 });

    const failure = impatient.expect({ fits: says("never"), what: "The message about PLAY-1" });

    await expect(failure).rejects.toThrow(DemoFailure);
    await expect(failure).rejects.toThrow("The message about PLAY-1 did not arrive within 0.001 s.");
  });
});
