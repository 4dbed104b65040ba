import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Pool } from "undici";
import type { FakeHomeserverProcess } from "../test/support/fake-homeserver-process.js";
import { createInstallation, SwitchboardProcess, type Installation } from "../test/support/switchboard-process.js";
import { bodyOf, loadCommit } from "./devinfo-load.js";
import { asToken, domain, hsToken, jiraUrl, secret } from "./surroundings.js";

const clientSecret = "bench-client-secret";
const apiToken = "bench-api-token";
const api = "/rest/devinfo/0.10";

export interface Answered {
  readonly status: number;
  readonly text: string;
}

/** The built product with one client of the Development Information API, and requests as that client makes them. */
export class DevinfoServer {
  readonly installation: Installation;
  #life: SwitchboardProcess | undefined;
  #token = "";
  #pool: Pool | undefined;

  private constructor(installation: Installation) {
    this.installation = installation;
  }

  static async install(homeserver: FakeHomeserverProcess): Promise<DevinfoServer> {
    const clients = [{ clientId: "bench", clientSecret, scopes: ["DELETE"] }];
    const installation = await createInstallation({
      ...{ homeserverUrl: homeserver.url, domain, asToken, hsToken, jiraSecret: secret, jiraUrl },
      resources: ["webhooks", "devinfo"],
      more: {
        metrics: { enabled: false },
        devinfo: { clients },
        api: { tokens: [{ name: "bench", token: apiToken, scopes: ["devinfo"] }] },
      },
    });
    return new DevinfoServer(installation);
  }

  get port(): number {
    return this.installation.webhookPort;
  }

  async start(): Promise<void> {
    this.#life = new SwitchboardProcess(this.installation);
    await this.#life.ready(this.port);
    await this.renew();
  }

  async stop(): Promise<void> {
    await this.#pool?.close();
    this.#pool = undefined;
    await this.#life?.stop();
  }

  async remove(): Promise<void> {
    await this.stop();
    await this.installation.remove();
  }

  /** A token is good for a quarter of an hour. */
  async renew(): Promise<void> {
    const body = JSON.stringify({ grant_type: "client_credentials", client_id: "bench", client_secret: clientSecret });
    const answer = await this.#ask("POST", "/oauth/token", { body: Buffer.from(body), token: "" });
    if (answer.status !== 200) throw new Error(`No token: ${answer.status} ${answer.text}`);
    // RFC 6749, section 5.1.
    this.#token = (JSON.parse(answer.text) as { readonly access_token: string }).access_token;
  }

  /** Stores what the body says; resolves when it is stored. @throws Error unless it was taken */
  async bulk(body: Buffer, pool?: Pool): Promise<Answered> {
    const answer = await this.#ask("POST", `${api}/bulk`, { body, pool });
    if (answer.status !== 202) throw new Error(`Answered ${answer.status}: ${answer.text.slice(0, 500)}`);
    return answer;
  }

  repository(id: string): Promise<Answered> {
    return this.#ask("GET", `${api}/repository/${id}`);
  }

  deleteByProperties(query: string): Promise<Answered> {
    return this.#ask("DELETE", `${api}/bulkByProperties?${query}`);
  }

  issue(key: string, query = ""): Promise<Answered> {
    return this.#ask("GET", `/api/v1/issues/${key}/devinfo${query}`, { token: apiToken });
  }

  connections(count: number): Pool {
    return new Pool(`http://127.0.0.1:${this.port}`, { connections: count });
  }

  /** @returns from the start of the process until the first request is accepted; milliseconds */
  async measureStart(): Promise<number> {
    await this.renew();
    await this.stop();
    const repositoryId = "started";
    const body = bodyOf(repositoryId, [loadCommit(0, repositoryId, "P0-1")]);
    const life = new SwitchboardProcess(this.installation);
    this.#life = life;
    while (life.isAlive) {
      try {
        await this.bulk(body);
        return performance.now() - life.startedAt;
      } catch (error) {
        if (!(error instanceof Error) || !("code" in error)) throw error;
        await pause(5);
      }
    }
    throw new Error(life.log);
  }

  async residentBytes(): Promise<number> {
    return (await this.#life?.residentBytes()) ?? 0;
  }

  diskBytes(): Promise<number> {
    return folderBytes(this.installation.dataFolder);
  }

  async #ask(
    method: "GET" | "POST" | "DELETE",
    where: string,
    { body, token = this.#token, pool }: { readonly body?: Buffer; readonly token?: string; readonly pool?: Pool | undefined } = {},
  ): Promise<Answered> {
    this.#pool ??= this.connections(1);
    const headers = {
      ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const answer = await (pool ?? this.#pool).request({ method, path: where, headers, ...(body === undefined ? {} : { body }) });
    return { status: answer.statusCode, text: await answer.body.text() };
  }
}

/** Sizes of all files in it, together. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => path.join(parentPath, name));
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
