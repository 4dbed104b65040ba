import { describe, expect, it } from "vitest";
import { StoppedClock } from "../../test/support/fake-homeserver-matrix.js";
import { RemoteError } from "../core/errors.js";
import { Calls, unlessMissing } from "./calls.js";
import type { Transport } from "./transport.js";

function setUp(): { calls: Calls; clock: StoppedClock; told: string[] } {
  const clock = new StoppedClock();
  const told: string[] = [];
  // `attempt` does not touch the transport.
  const transport = undefined as unknown as Transport;
  return { calls: new Calls({ transport, clock, onCall: (name, ok) => told.push(`${name} ${ok}`) }), clock, told };
}

function limited(retryAfterMs?: number): RemoteError {
  return new RemoteError("slow down", { status: 429, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}

function failing(...errors: RemoteError[]): () => Promise<string> {
  return async () => {
    const error = errors.shift();
    if (error !== undefined) throw error;
    return "done";
  };
}

describe("Calls.attempt", () => {
  it("waits as long as the homeserver asks, then tries again, and counts each call", async () => {
    const { calls, clock, told } = setUp();

    const result = await calls.attempt("read", failing(limited(250), limited()));

    expect(result).toBe("done");
    expect(clock.waits).toEqual([250, 1000]);
    expect(told).toEqual(["read false", "read false", "read true"]);
  });

  it("gives up after three tries", async () => {
    const { calls, clock } = setUp();

    await expect(calls.attempt("read", failing(limited(1), limited(2), limited(3), limited(4)))).rejects.toMatchObject({ retryAfterMs: 3 });
    expect(clock.waits).toEqual([1, 2]);
  });

  it.each([
    { name: "the homeserver asks for more than half a minute", error: limited(30_001) },
    { name: "the homeserver fails", error: new RemoteError("x", { status: 502 }) },
    { name: "no answer came", error: new RemoteError("x", { outcomeUnknown: true }) },
  ])("does not wait when $name", async ({ error }) => {
    const { calls, clock } = setUp();

    await expect(calls.attempt("read", failing(error))).rejects.toBe(error);
    expect(clock.waits).toEqual([]);
  });
});

describe("unlessMissing", () => {
  it("gives undefined for 404 only", async () => {
    const missing = Promise.reject(new RemoteError("x", { status: 404 }));
    const forbidden = Promise.reject(new RemoteError("x", { status: 403 }));

    await expect(unlessMissing(missing)).resolves.toBeUndefined();
    await expect(unlessMissing(forbidden)).rejects.toMatchObject({ status: 403 });
  });
});
