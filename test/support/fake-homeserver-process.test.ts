import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeHomeserverProcess } from "./fake-homeserver-process.js";

let homeserver: FakeHomeserverProcess;

beforeEach(async () => {
  homeserver = await FakeHomeserverProcess.start({ asToken: "as-token" });
});

afterEach(() => homeserver.stop());

describe("a restart of the fake homeserver", () => {
  it("is over when it is said to be", async () => {
    await homeserver.restart(150);

    for (let look = 0; look < 10; look += 1) {
      await expect(homeserver.counters()).resolves.toBeTypeOf("object");
      await pause(10);
    }
  });
});
