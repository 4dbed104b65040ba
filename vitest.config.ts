import { defineConfig } from "vitest/config";
import { SummaryReporter } from "./test/reporter/summary.js";

export default defineConfig({
  test: {
    reporters: ["default", new SummaryReporter()],
    passWithNoTests: false,
    projects: [
      {
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "scripts/**/*.test.ts", "test/{contracts,house,reporter,support}/**/*.test.ts"],
          // What passes at all takes a second or two; a busy machine may stand still for longer.
          testTimeout: 30_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 10_000 } },
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Processes that are killed.
        test: {
          name: "faults",
          include: ["test/faults/**/*.test.ts"],
          fileParallelism: false,
          maxWorkers: 1,
          testTimeout: 120_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // The whole app on a real homeserver: two files at a time, each with a homeserver of its own, after everything that needs the cores.
        // The first run installs the homeserver, hence the long hooks.
        test: {
          name: "end-to-end",
          include: ["test/end-to-end/**/*.test.ts"],
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 600_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
