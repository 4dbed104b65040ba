import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Faults } from "./fake-homeserver-faults.js";
import type { FakeEvent } from "./fake-homeserver-rooms.js";
import type { FakeHomeserverOptions } from "./fake-homeserver.js";

const main = fileURLToPath(new URL("fake-homeserver-main.ts", import.meta.url));

/** The fake homeserver in a process of its own, so that it shares neither memory nor event loop with what is tested. */
export class FakeHomeserverProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(url: string, child: ChildProcess, folder: string) {
    this.url = url;
    this.#child = child;
    this.#folder = folder;
  }

  static async start(options: FakeHomeserverOptions): Promise<FakeHomeserverProcess> {
    const folder = await mkdtemp(path.join(tmpdir(), "fake-homeserver-"));
    const file = path.join(folder, "options.json");
    await writeFile(file, JSON.stringify(options));
    const child = spawn(process.execPath, ["--import", "tsx", main, file], { stdio: ["pipe", "pipe", "inherit"] });
    const url = await new Promise<string>((resolve, reject) => {
      child.once("exit", (code) => {
        reject(new Error(`The fake homeserver ended with ${code}`));
      });
      createInterface({ input: child.stdout }).once("line", (line) => {
        // Printed by fake-homeserver-main.ts.
        resolve((JSON.parse(line) as { url: string }).url);
      });
    });
    return new FakeHomeserverProcess(url, child, folder);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  events(): Promise<Readonly<Record<string, readonly FakeEvent[]>>> {
    return this.#get("events");
  }

  messagesIn(roomId: string): Promise<readonly FakeEvent[]> {
    return this.#get(`events?room=${encodeURIComponent(roomId)}`);
  }

  counters(): Promise<Readonly<Record<string, number>>> {
    return this.#get("counters");
  }

  resetCounters(): Promise<void> {
    return this.#post("counters", {});
  }

  setFaults(faults: Partial<Faults>): Promise<void> {
    return this.#post("faults", faults);
  }

  /** Goes away for a time and forgets what it held in memory only, transaction ids included. Resolves when it is back. */
  async restart(downMs: number): Promise<void> {
    const before = await this.#starts();
    await this.#post("restart", { downMs });
    while ((await this.#starts().catch(() => before)) === before) await pause(10);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGTERM");
    await ended;
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #starts(): Promise<number> {
    return (await this.#get<{ starts: number }>("starts")).starts;
  }

  async #get<T>(what: string): Promise<T> {
    const response = await fetch(`${this.url}/_fake/${what}`);
    // The answer is this repository's own.
    return (await response.json()) as T;
  }

  async #post(what: string, body: object): Promise<void> {
    for (;;) {
      try {
        await (await fetch(`${this.url}/_fake/${what}`, { method: "POST", body: JSON.stringify(body) })).arrayBuffer();
        return;
      } catch {
        // It is away just now, because somebody asked it to be.
        await pause(50);
      }
    }
  }
}
