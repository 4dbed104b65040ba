import { spawn, type ChildProcess } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-ports.js";
import { request } from "undici";
import { MatrixPerson } from "./matrix-client.js";
import { logConfig, synapseConfig } from "./synapse-config.js";
import { installSynapse, type Progress } from "./synapse-installer.js";

export interface SynapseOptions {
  /** `localhost` unless given. */
  readonly serverName?: string;
  /** Registration files of appservices. */
  readonly registrations?: readonly string[];
  /** A free one unless given. */
  readonly port?: number;
  readonly progress?: Progress;
  /** More keys of homeserver.yaml. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export interface RegisteredUser {
  readonly userId: string;
  readonly accessToken: string;
}

const startTimeoutMs = 60_000;
const stopTimeoutMs = 15_000;
const pollMs = 100;

/** A real homeserver on loopback with its data in a temporary folder. */
export class Synapse {
  readonly url: string;
  readonly serverName: string;
  readonly folder: string;
  readonly #python: string;
  readonly #secret: string;
  #child: ChildProcess | undefined;
  #letGo: (() => void) | undefined;

  private constructor(python: string, folder: string, serverName: string, port: number, secret: string) {
    this.#python = python;
    this.folder = folder;
    this.serverName = serverName;
    this.url = `http://127.0.0.1:${port}`;
    this.#secret = secret;
  }

  /** Installs Synapse if need be, and starts it. @throws Error with a sentence that says what is missing */
  static async start(options: SynapseOptions = {}): Promise<Synapse> {
    const progress = options.progress ?? (() => undefined);
    const python = await installSynapse(progress);
    const folder = await mkdtemp(join(tmpdir(), "switchboard-synapse-"));
    const port = options.port ?? (await freePort());
    const serverName = options.serverName ?? "localhost";
    const secret = randomBytes(24).toString("hex");
    await writeFile(join(folder, "signing.key"), `ed25519 a_test ${randomBytes(32).toString("base64").replace("=", "")}\n`);
    await writeFile(join(folder, "log.json"), JSON.stringify(logConfig(folder)));
    const config = {
      ...synapseConfig({ folder, port, serverName, secret, registrations: options.registrations ?? [] }),
      ...options.config,
    };
    // JSON is YAML.
    await writeFile(join(folder, "homeserver.yaml"), JSON.stringify(config, undefined, 2));
    const synapse = new Synapse(python, folder, serverName, port, secret);
    progress("Starting Synapse …");
    await synapse.resume();
    return synapse;
  }

  /** Starts the process again after `pause`. */
  async resume(): Promise<void> {
    if (this.#child !== undefined) return;
    const output = createWriteStream(join(this.folder, "output.log"), { flags: "a" });
    const child = spawn(this.#python, ["-m", "synapse.app.homeserver", "-c", join(this.folder, "homeserver.yaml")], {
      cwd: this.folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.pipe(output);
    child.stderr.pipe(output);
    this.#child = child;
    this.#letGo = endWithUs(child);
    await this.#waitUntilReady(child);
  }

  /** Ends the process and keeps the data. */
  async pause(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    this.#letGo?.();
    await end(child);
  }

  async restart(): Promise<void> {
    await this.pause();
    await this.resume();
  }

  /** Ends the process and deletes the data. */
  async stop(): Promise<void> {
    await this.pause();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Registers a user through the shared secret (Synapse admin API, "Shared-Secret Registration"). */
  async registerUser(name: string, password: string): Promise<RegisteredUser> {
    const path = `${this.url}/_synapse/admin/v1/register`;
    const { nonce } = (await (await request(path)).body.json()) as { nonce: string };
    const mac = createHmac("sha1", this.#secret).update([nonce, name, password, "notadmin"].join("\0")).digest("hex");
    const body = JSON.stringify({ nonce, username: name, password, admin: false, mac });
    const answer = await request(path, { method: "POST", headers: { "content-type": "application/json" }, body });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`Synapse did not register ${name}: ${text}`);
    // Synapse's own API; a change of its shape shows in the first test that uses the token.
    const { user_id, access_token } = JSON.parse(text) as { user_id: string; access_token: string };
    return { userId: user_id, accessToken: access_token };
  }

  /** Registers a user and gives a client for it. */
  async person(name: string, password = `password-of-${name}`): Promise<MatrixPerson> {
    const { userId, accessToken } = await this.registerUser(name, password);
    return new MatrixPerson(this.url, userId, accessToken);
  }

  async #waitUntilReady(child: ChildProcess): Promise<void> {
    const deadline = Date.now() + startTimeoutMs;
    while (Date.now() < deadline) {
      if (child.exitCode !== null) throw new Error(`Synapse ended at once: ${await this.#lastOutput()}`);
      const status = await request(`${this.url}/_matrix/client/versions`).then(
        async (answer) => {
          await answer.body.dump();
          return answer.statusCode;
        },
        () => 0,
      );
      if (status === 200) return;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    throw new Error(`Synapse did not answer within ${startTimeoutMs} ms: ${await this.#lastOutput()}`);
  }

  async #lastOutput(): Promise<string> {
    const logs = await Promise.all(
      ["output.log", "homeserver.log"].map((name) => readFile(join(this.folder, name), "utf8").catch(() => "")),
    );
    return logs.map((log) => log.split("\n").slice(-15).join("\n")).join("\n");
  }
}

/** Ends the child when this process ends without stopping it. @returns calls that off */
function endWithUs(child: ChildProcess): () => void {
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  return () => process.off("exit", kill);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const timer = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs);
  child.kill("SIGTERM");
  await ended;
  clearTimeout(timer);
}
