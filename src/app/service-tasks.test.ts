import { describe, expect, it } from "vitest";
import { ManualClock, settle } from "../../test/support/manual-clock.js";
import { createServiceContext } from "../../test/support/service-context.js";
import type { ActiveService } from "../core/service.js";
import type { ServiceTask } from "../core/service-task.js";
import { createLog } from "../shared/log.js";
import { ServiceTasks } from "./service-tasks.js";

interface Setup {
  readonly clock: ManualClock;
  readonly tasks: ServiceTasks;
  readonly logged: readonly Readonly<Record<string, unknown>>[];
}

function setUp(...runs: readonly ServiceTask<unknown>["run"][]): Setup {
  const clock = new ManualClock();
  const logged: Readonly<Record<string, unknown>>[] = [];
  const log = createLog(
    { level: "debug", json: true, colorize: false, timestampFormat: "" },
    // Lines are ours: one JSON object each.
    { write: (line) => void logged.push(JSON.parse(line) as Readonly<Record<string, unknown>>) },
  );
  const service = { id: "code", title: "Code", configKey: "code", permissionName: "code", configSchema: {}, kinds: [] };
  const active: ActiveService = {
    service: { ...service, tasks: runs.map((run, position) => ({ name: `task ${position}`, run })) },
    context: createServiceContext({}),
  };
  return { clock, logged, tasks: new ServiceTasks({ services: [active, { service, context: active.context }], clock, log }) };
}

describe("what a service does by the clock", () => {
  it("runs soon after the start, and then whenever it asked to", async () => {
    const ranAt: number[] = [];
    const { clock, tasks } = setUp(async () => {
      ranAt.push(clock.now() - start);
      return ranAt.length * 10_000;
    });
    const start = clock.now();

    tasks.start();
    expect(ranAt).toEqual([]);
    await clock.advance(60_000);

    expect(ranAt).toEqual([1_000, 11_000, 31_000]);
  });

  it("never runs twice at once, and holds up no other task", async () => {
    let running = 0;
    let most = 0;
    let others = 0;
    let end = (): void => undefined;
    const { clock, tasks } = setUp(
      async () => {
        most = Math.max(most, (running += 1));
        await new Promise<void>((resolve) => (end = resolve));
        running -= 1;
        return 1_000;
      },
      async () => {
        others += 1;
        return 1_000;
      },
    );

    tasks.start();
    await clock.advance(10_000);
    end();
    await clock.advance(10_000);

    expect([most, others]).toEqual([1, 20]);
  });

  it.each([
    { asked: 0, runsIn10s: 91 },
    { asked: -5, runsIn10s: 91 },
    { asked: Number.NaN, runsIn10s: 1 },
    { asked: Number.POSITIVE_INFINITY, runsIn10s: 1 },
  ])("does not keep the process busy with a task that asks for $asked", async ({ asked, runsIn10s }) => {
    let runs = 0;
    const { clock, tasks } = setUp(async () => {
      runs += 1;
      return asked;
    });

    tasks.start();
    await clock.advance(10_000);

    expect(runs).toBe(runsIn10s);
  });

  it("is logged where it fails, and tried again after pauses that grow to five minutes and begin anew after a success", async () => {
    let runs = 0;
    const { clock, tasks, logged } = setUp(async () => {
      runs += 1;
      if (runs === 12) return 1_000;
      throw new Error("out of order");
    });

    tasks.start();
    await clock.advance(60 * 60_000);

    const pauses = logged.map(({ againInMs }) => againInMs);
    expect(pauses.slice(0, 13)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 1, 2].map((seconds) => seconds * 1_000));
    expect(logged[0]).toMatchObject({ level: "error", service: "code", task: "task 0", error: { message: "out of order" } });
  });

  it("ends with what runs, and begins nothing more", async () => {
    let runs = 0;
    let end = (): void => undefined;
    const { clock, tasks } = setUp(async () => {
      runs += 1;
      await new Promise<void>((resolve) => (end = resolve));
      return 1_000;
    });
    tasks.start();
    await clock.advance(1_000);
    let isStopped = false;

    const stopped = tasks.stop().then(() => (isStopped = true));
    await settle();
    expect(isStopped).toBe(false);
    end();
    await stopped;
    await clock.advance(60_000);

    expect([runs, clock.pendingTimers]).toEqual([1, 0]);
  });

  it("may be stopped before it ran", async () => {
    let runs = 0;
    const { clock, tasks } = setUp(async () => (runs += 1));

    tasks.start();
    await tasks.stop();
    await clock.advance(60_000);

    expect(runs).toBe(0);
  });
});
