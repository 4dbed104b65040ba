import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCopiedRecords } from "./data-folder.js";
import { poll } from "./poll.js";
import { createInstallation, SwitchboardProcess, type Installation } from "./switchboard-process.js";

const entry = ["--import", import.meta.resolve("tsx"), new URL("../../src/main.ts", import.meta.url).pathname];
const head = { authorization: "Bearer keeper-token", "content-type": "application/json" };

/** Longer than a start takes on a busy machine. */
const quietMs = 20_000;

/** As `index.json` tells it. */
export interface IndexAnswer {
  readonly finished: boolean;
  readonly messages: Readonly<Record<string, number>>;
  readonly errors: Readonly<Record<string, string>>;
  readonly lastOperationPercent: number;
}

/** A repository as the API lists it, without what is of no interest here. */
export interface ListedRepository {
  readonly id: number;
  readonly name: string;
  readonly indexing: boolean;
  readonly lastIndexedDate?: number;
  readonly commits: number;
  readonly branches: number;
  readonly tags: number;
  readonly pullRequests: number;
  readonly lastError?: string;
}

export type LogLine = Readonly<Record<string, unknown>>;

/** Switchboard with the API of Git integrations and a tracked folder, in a process that is ended and started again. No homeserver answers it. */
export class IndexingServer {
  readonly #trackedFolder: string;
  readonly #installation: Installation;
  /** For temporary files of its own: what is killed cannot take them away. */
  readonly #temporary: string;
  #running: SwitchboardProcess | undefined;
  /** The store's, from before the process that runs. */
  #formerLogs: readonly string[] = [];

  private constructor(trackedFolder: string, installation: Installation, temporary: string) {
    this.#trackedFolder = trackedFolder;
    this.#installation = installation;
    this.#temporary = temporary;
  }

  static async create(trackedFolder: string): Promise<IndexingServer> {
    const installation = await createInstallation({
      ...{ homeserverUrl: "http://127.0.0.1:9", domain: "fake.test", asToken: "as", hsToken: "hs" },
      ...{ jiraSecret: "s", jiraUrl: "http://127.0.0.1:9" },
      more: {
        api: { tokens: [{ name: "keeper", token: "keeper-token", scopes: ["git-integrations"] }] },
        repositories: { trackedFolders: [trackedFolder] },
      },
      resources: ["webhooks", "git-integrations"],
    });
    return new IndexingServer(trackedFolder, installation, await mkdtemp(join(tmpdir(), "switchboard-temporary-")));
  }

  /** Resolves when it can be asked. */
  async start(): Promise<void> {
    await this.launch();
    await this.#running?.ready(this.#installation.webhookPort, 60_000);
  }

  /** Waits for nothing. */
  async launch(): Promise<void> {
    this.#formerLogs = await this.#logs();
    this.#running = new SwitchboardProcess(this.#installation, { entry, env: { TMPDIR: this.#temporary } });
  }

  async kill(): Promise<void> {
    await this.#running?.kill();
  }

  /**
   * SIGKILL as soon as this process has written so many bytes to the store, be it in the middle of a batch; also when it writes nothing any more,
   * because it was done before anybody looked.
   */
  async killAfterWriting(bytes: number): Promise<void> {
    let [written, since] = [-1, performance.now()];
    const isTime = async (): Promise<true | undefined> => {
      const now = await this.#writtenBytes();
      if (now !== written) [written, since] = [now, performance.now()];
      return written >= bytes || performance.now() - since > quietMs ? true : undefined;
    };
    await poll(isTime, { what: `${bytes} bytes are written`, timeoutMs: 6 * quietMs, everyMs: 1 });
    await this.kill();
  }

  /** @returns the exit code */
  async stop(): Promise<number | null | undefined> {
    return this.#running?.stop();
  }

  async remove(): Promise<void> {
    await this.kill();
    await this.#installation.remove();
    await rm(this.#temporary, { recursive: true, force: true });
  }

  /** What the process that runs, or ran last, logged with that message. */
  logged(message: string): readonly LogLine[] {
    const lines = this.log.split("\n").filter((line) => line.startsWith("{") && line.endsWith("}"));
    // JSON lines, each an object.
    return lines.map((line) => JSON.parse(line) as LogLine).filter((line) => line["message"] === message);
  }

  get log(): string {
    return this.#running?.log ?? "";
  }

  /** The store's keys and values as they are on the disk. A copy is opened, so that the next process finds it as the last one left it. */
  records(): ReturnType<typeof readCopiedRecords> {
    return readCopiedRecords(this.#installation.dataFolder, this.#temporary);
  }

  /** @returns the integration's id */
  async register(): Promise<number> {
    const body = { type: "FILESPACE", origin: `${this.#trackedFolder}/*` };
    // The API's own shapes, here and below; its tests hold them.
    const { integration } = (await this.#ask("POST", "1.0/integration", body)) as { readonly integration: { readonly id: number } };
    return integration.id;
  }

  async unregister(integrationId: number): Promise<void> {
    await this.#ask("DELETE", `1.0/integration/${integrationId}`);
  }

  async repositories(): Promise<readonly ListedRepository[]> {
    const { repositories } = (await this.#ask("GET", "1.0/repository")) as { readonly repositories: readonly ListedRepository[] };
    return repositories;
  }

  /** @returns what `index.json` knows it by */
  async reindex(): Promise<string> {
    const { threadId } = (await this.#ask("POST", "2.0/reindex", {})) as { readonly threadId: string };
    return threadId;
  }

  /** @param of `threadId=…` or `repoId=…` */
  async progress(of: string): Promise<IndexAnswer> {
    return (await this.#ask("GET", `1.0/index.json?${of}`)) as IndexAnswer;
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    const url = `http://127.0.0.1:${this.#installation.webhookPort}/rest/gitplugin/${path}`;
    const response = await fetch(url, { method, headers: head, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }

  /** LevelDB begins a new log when it is opened, and a life is too short for a second one. */
  async #writtenBytes(): Promise<number> {
    const logs = (await this.#logs()).filter((log) => !this.#formerLogs.includes(log));
    const sizes = await Promise.all(logs.map(async (log) => (await stat(log)).size));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  async #logs(): Promise<readonly string[]> {
    const folder = join(this.#installation.dataFolder, "store");
    // At first there is none.
    const names = await readdir(folder).catch(() => []);
    return names.filter((name) => name.endsWith(".log")).map((name) => join(folder, name));
  }
}
