import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { freePorts } from "./free-ports.js";

export interface SwitchboardSettings {
  readonly homeserverUrl: string;
  readonly domain: string;
  readonly asToken: string;
  readonly hsToken: string;
  readonly jiraSecret: string;
  readonly jiraUrl: string;
  readonly jiraToken?: string;
  /** Localpart of the main bot; `hookshot` unless given. */
  readonly botName?: string;
  /** What the listener for the outside serves; webhooks and metrics unless given. */
  readonly resources?: readonly string[];
  /** Further top-level sections of the configuration. */
  readonly more?: Readonly<Record<string, unknown>>;
  /** Further keys of the registration file. */
  readonly moreRegistration?: Readonly<Record<string, unknown>>;
}

/** Folder, ports and files of one installation; survives the kills and restarts of its process. */
export interface Installation {
  readonly folder: string;
  readonly webhookPort: number;
  readonly appservicePort: number;
  readonly configFile: string;
  readonly registrationFile: string;
  readonly dataFolder: string;
  /** What is encrypted at rest is encrypted with it. */
  readonly keyFile: string;
  remove(): Promise<void>;
}

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** Writes configuration, registration and key into a folder of its own. JSON is YAML too. */
export async function createInstallation(settings: SwitchboardSettings, ports?: readonly number[]): Promise<Installation> {
  const folder = await mkdtemp(path.join(tmpdir(), "switchboard-"));
  const [webhookPort = 0, appservicePort = 0] = ports ?? (await freePorts(2));
  const configFile = path.join(folder, "config.yml");
  const registrationFile = path.join(folder, "registration.yml");
  const dataFolder = path.join(folder, "data");
  const keyFile = path.join(folder, "switchboard.key");
  const credential = settings.jiraToken === undefined ? {} : { credential: { token: settings.jiraToken } };
  const config = {
    bridge: { domain: settings.domain, url: settings.homeserverUrl, port: appservicePort, bindAddress: "127.0.0.1" },
    listeners: [{ port: webhookPort, bindAddress: "127.0.0.1", resources: settings.resources ?? ["webhooks", "metrics"] }],
    permissions: [{ actor: "*", services: [{ service: "*", level: "manageConnections" }] }],
    logging: { level: "info", json: true },
    storage: { path: dataFolder, keyFile },
    metrics: { enabled: true },
    jira: {
      webhook: { secret: settings.jiraSecret },
      instances: { main: { url: settings.jiraUrl, deployment: "server", ...credential } },
    },
    ...settings.more,
  };
  const registration = {
    id: "switchboard",
    url: `http://127.0.0.1:${appservicePort}`,
    as_token: settings.asToken,
    hs_token: settings.hsToken,
    sender_localpart: settings.botName ?? "hookshot",
    rate_limited: false,
    namespaces: { users: [{ exclusive: true, regex: `@_jira_.*:${settings.domain.replaceAll(".", "\\.")}` }], aliases: [], rooms: [] },
    ...settings.moreRegistration,
  };
  await writeFile(configFile, JSON.stringify(config, undefined, 2));
  await writeFile(registrationFile, JSON.stringify(registration, undefined, 2));
  await writeFile(keyFile, randomBytes(32), { mode: 0o600 });
  return {
    ...{ folder, webhookPort, appservicePort, configFile, registrationFile, dataFolder, keyFile },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** One life of the product's process. */
export class SwitchboardProcess {
  readonly #child: ChildProcess;
  readonly startedAt = performance.now();
  readonly exited: Promise<number | null>;
  #log = "";

  /** @param entry script to run instead of the built product, with arguments before those of the start */
  constructor(installation: Installation, options: { readonly env?: Record<string, string>; readonly entry?: readonly string[] } = {}) {
    const entry = options.entry ?? [path.join(repository, "dist", "main.js")];
    const flags = ["start", "--config", installation.configFile, "--registration", installation.registrationFile];
    this.#child = spawn(process.execPath, [...entry, ...flags], {
      cwd: installation.folder,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const keep = (chunk: Buffer): void => {
      // The end of the log is what explains a failure.
      this.#log = (this.#log + chunk.toString("utf8")).slice(-200_000);
    };
    this.#child.stdout?.on("data", keep);
    this.#child.stderr?.on("data", keep);
    this.exited = new Promise((resolve) => {
      this.#child.once("exit", (code) => {
        resolve(code);
      });
    });
  }

  get log(): string {
    return this.#log;
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resident memory in bytes; Linux only. */
  async residentBytes(): Promise<number> {
    const status = await readFile(`/proc/${this.#child.pid ?? 0}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1_024;
  }

  /** SIGKILL: nothing of the process runs after it. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.exited;
  }

  /** An orderly stop. @returns the exit code */
  async stop(): Promise<number | null> {
    if (this.isAlive) this.#child.kill("SIGTERM");
    return this.exited;
  }

  /** Waits until `/ready` says so. @throws Error with the end of the log when the process ends or the time is over */
  async ready(port: number, timeoutMs = 20_000): Promise<void> {
    for (const end = performance.now() + timeoutMs; performance.now() < end && this.isAlive;) {
      try {
        if ((await fetch(`http://127.0.0.1:${port}/ready`)).ok) return;
      } catch {
        // Not listening yet.
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`Switchboard did not become ready:\n${this.#log.slice(-4_000)}`);
  }
}
