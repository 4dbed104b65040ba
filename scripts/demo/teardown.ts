import { rmSync } from "node:fs";

interface Step {
  readonly name: string;
  readonly end: () => Promise<unknown>;
}

/** Ends what was started, the last first. One that fails does not keep the others. */
export class Teardown {
  readonly #steps: Step[] = [];

  add(name: string, end: () => Promise<unknown>): void {
    this.#steps.push({ name, end });
  }

  /** @returns a sentence for each step that failed */
  async run(): Promise<readonly string[]> {
    const failures: string[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step.end();
      } catch (error) {
        failures.push(`${step.name} could not be ended: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return failures;
  }
}

/** Removes a folder when the process ends, in whatever way short of a kill. */
export function removeAtExit(folder: string): void {
  process.once("exit", () => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });
}
