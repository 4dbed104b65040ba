import { createApp } from "../../src/app/app.js";
import { runCli } from "../../src/cli/run.js";
import { StorageError } from "../../src/core/errors.js";
import type { StoreChange, UnitOfWork } from "../../src/core/ports/unit-of-work.js";
import type { MessageSender } from "../../src/core/ports/message-sender.js";
import type { CrashPoint } from "./crash-points.js";

/*
 * The product with two differences. At the arrow of the flow that CRASH_AT names, the process kills itself; what a batch is for shows in
 * its keys: events lie under `inbox`, the position of routing under `delivery`, outcomes under `delivery-outcomes`. With DISK_TROUBLE the
 * disk refuses every batch for a while, again and again.
 */

// Set by the durability run, from its list.
const crashAt = process.env["CRASH_AT"] as CrashPoint | undefined;
const hasDiskTrouble = process.env["DISK_TROUBLE"] === "1";
const troubleEveryMs = 3_000;
const troubleMs = 300;
/** Let some through, so that there is something before and behind the crash. */
let passes = 20;

function at(point: CrashPoint): void {
  if (point !== crashAt) return;
  passes -= 1;
  if (passes <= 0) process.kill(process.pid, "SIGKILL");
}

/** The last moments of every three seconds since the process began; the first would be over before anybody asks. */
function isDiskRefusing(): boolean {
  return hasDiskTrouble && performance.now() % troubleEveryMs > troubleEveryMs - troubleMs;
}

function touches(changes: readonly StoreChange[], level: string): boolean {
  return changes.some((change) => change.key.startsWith(`!${level}!`));
}

function decorateUnitOfWork(inner: UnitOfWork): UnitOfWork {
  const stages = [
    { level: "inbox", before: "before the event is stored", after: "after the event is stored" },
    { level: "deliveries", before: "before the delivery is stored", after: "after the delivery is stored" },
    { level: "delivery-outcomes", before: "before the outcome is stored", after: "after the outcome is stored" },
  ] as const;
  return {
    async commit(changes) {
      if (isDiskRefusing()) throw new StorageError("The disk refuses this for a while.");
      const touched = stages.filter(({ level }) => touches(changes, level));
      for (const { before } of touched) at(before);
      await inner.commit(changes);
      for (const { after } of touched) at(after);
    },
  };
}

function decorateSender(inner: MessageSender): MessageSender {
  return {
    async send(event) {
      at("before the message is sent");
      const eventId = await inner.send(event);
      at("after the message is sent");
      return eventId;
    },
    isRepeatSafe: (sender) => inner.isRepeatSafe(sender),
    find: (event, sinceMs) => inner.find(event, sinceMs),
  };
}

process.exitCode = await runCli(process.argv.slice(2), {
  ...{ stdout: process.stdout, stderr: process.stderr, env: process.env, process },
  createApp: (options) => createApp({ ...options, decorate: { unitOfWork: decorateUnitOfWork, sender: decorateSender } }),
});
