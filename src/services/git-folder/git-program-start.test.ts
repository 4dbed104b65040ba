import { EventEmitter } from "node:events";
import { expect, it, vi } from "vitest";
import { ManualClock } from "../../../test/support/manual-clock.js";
import { GitProgram } from "./git-program.js";

/** What Node's `spawn` gives where the process may open no more files: nothing but two events, a moment later. */
vi.mock("node:child_process", () => ({
  spawn() {
    const nothing = new EventEmitter();
    process.nextTick(() => {
      nothing.emit("error", Object.assign(new Error("spawn git EMFILE"), { code: "EMFILE" }));
      nothing.emit("close", -24);
    });
    return nothing;
  },
}));

it("says that git cannot be started where no more files may be opened", async () => {
  const clock = new ManualClock();
  const place = { folder: "/own", check: async () => "/objects" };
  const run = new GitProgram(clock).run({ command: ["rev-list"], input: "", place, signal: new AbortController().signal });

  await expect(run.next()).rejects.toMatchObject({ message: "the program git could not be started", isTransient: true });
  expect(clock.pendingTimers).toBe(0);
});
