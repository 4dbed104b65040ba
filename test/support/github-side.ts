import { createHmac, randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { systemClock } from "../../src/shared/clock.js";
import { systemRandom } from "../../src/shared/random.js";
import { openStorage } from "../../src/storage/open.js";
import { ask, type Asked } from "./ask.js";
import { answerTo, EndToEnd, statePath, type EndToEndOptions } from "./end-to-end.js";
import type { GitHubRequest } from "./github-events.js";
import { GitHubStandIn } from "./github-stand-in.js";
import type { MatrixPerson } from "./matrix-client.js";

export const repositoryType = "uk.half-shot.matrix-hookshot.github.repository";

interface DeliveryOptions {
  readonly path?: string;
  readonly deliveryId?: string;
  /** The right one unless given. */
  readonly signature?: string;
  /** Undefined leaves one out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** What is sent; the request's body as JSON unless given. */
  readonly text?: string;
}

/** Tokens of the people at the stand-in, unlike everything else that is written anywhere. */
export const gitHubTokens = {
  octo: `ghp_planted${randomBytes(16).toString("hex")}`,
  ada: `ghp_planted${randomBytes(16).toString("hex")}`,
  bo: `ghp_planted${randomBytes(16).toString("hex")}`,
} as const;

/** With users and aliases for GitHub's people and issues. */
const namespaces = {
  users: [
    { exclusive: true, regex: "@_jira_.*:localhost" },
    { exclusive: true, regex: "@_github_.*:localhost" },
  ],
  aliases: [{ exclusive: true, regex: "#github_.*:localhost" }],
  rooms: [],
};

/**
 * The whole product beside a real Synapse and a stand-in for GitHub. Octo owns `octo/hello`, `octo/secret` (private) and `octo/alone`; Ada
 * may write to all of them, Bo only reads. The App is installed for the first two.
 */
export class GitHubSide {
  readonly all: EndToEnd;
  readonly gitHub: GitHubStandIn;
  readonly webhookSecret: string;
  #deliveries = 0;

  private constructor(all: EndToEnd, gitHub: GitHubStandIn, webhookSecret: string) {
    this.all = all;
    this.gitHub = gitHub;
    this.webhookSecret = webhookSecret;
  }

  static async start({ sections, ...options }: EndToEndOptions = {}): Promise<GitHubSide> {
    const webhookSecret = `planted-github-${randomBytes(16).toString("hex")}`;
    const gitHub = await GitHubStandIn.start();
    for (const [login, token] of Object.entries(gitHubTokens)) gitHub.addAccount(login, token);
    const permissions = { ada: "write", bo: "read" } as const;
    gitHub.addRepository("octo/hello", { permissions, workflows: ["Build", "Nightly tests"] });
    gitHub.addRepository("octo/secret", { permissions: { ada: "write" }, isPrivate: true });
    gitHub.addRepository("octo/alone", { permissions });
    await gitHub.install("octo", ["hello", "secret"]);
    const { id, privateKey } = gitHub.app;
    const github = { enterpriseUrl: gitHub.url, auth: { id, privateKey }, webhook: { secret: webhookSecret } };
    const all = await EndToEnd.start({ registration: { namespaces }, ...options, sections: { github, ...sections } });
    const side = new GitHubSide(all, gitHub, webhookSecret);
    gitHub.addWebhook({ url: `http://127.0.0.1:${all.installation.webhookPort}/github/webhook`, secret: webhookSecret });
    return side;
  }

  async stop(): Promise<void> {
    await this.gitHub.stop();
    await this.all.stop();
  }

  /** The configuration's section, for starts with another one. */
  async section(): Promise<Readonly<Record<string, unknown>>> {
    // We wrote it.
    return (JSON.parse(await this.all.configText()) as { readonly github: Readonly<Record<string, unknown>> }).github;
  }

  /** Sends a request as GitHub does, under an id of its own. */
  async deliver({ headers, body }: GitHubRequest, options: DeliveryOptions = {}): Promise<Asked> {
    this.#deliveries += 1;
    const text = options.text ?? JSON.stringify(body);
    const all: Readonly<Record<string, string | undefined>> = {
      "content-type": "application/json",
      ...headers,
      "x-github-delivery": options.deliveryId ?? `end-to-end-${this.#deliveries}`,
      "x-hub-signature-256": options.signature ?? `sha256=${createHmac("sha256", this.webhookSecret).update(text).digest("hex")}`,
      ...options.headers,
    };
    const sent = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
    return ask(this.all.installation.webhookPort, options.path ?? "/github/webhook", {
      method: "POST",
      headers: Object.fromEntries(sent),
      body: text,
    });
  }

  /** Types the token of an account at the stand-in in a new direct chat. @returns the chat */
  async logIn(person: MatrixPerson, login: keyof typeof gitHubTokens): Promise<string> {
    const chat = await this.all.directChat(person);
    const answer = await answerTo(person, chat, `github setpersonaltoken ${gitHubTokens[login]}`);
    if (!answer.includes(`Connected as ${login}`)) throw new Error(`The login failed: ${answer}`);
    return chat;
  }

  /** A room with a connection that the bot's own state made, with any settings. */
  async roomWithState(owner: MatrixPerson, settings: Readonly<Record<string, unknown>> = {}, fullName = "octo/hello"): Promise<string> {
    const roomId = await this.all.roomWithBot(owner);
    await this.setState(owner, roomId, settings, fullName);
    return roomId;
  }

  /** Writes the connection's state as the bot, and waits until it counts. */
  async setState(owner: MatrixPerson, roomId: string, settings: Readonly<Record<string, unknown>>, fullName: string): Promise<void> {
    const [org = "", repo = ""] = fullName.split("/");
    await this.all.asOurs("PUT", statePath(roomId, repositoryType, fullName), { org, repo, ...settings });
    const answer = await answerTo(owner, roomId, "!connections");
    if (!answer.includes("active")) throw new Error(`The connection is not active: ${answer}`);
  }
}

/** Everything that a data folder holds while nobody uses it: its files, and the keys and values that they mean, because files may be compressed. */
export async function readDataFolder(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => path.join(parentPath, name));
  const texts = await Promise.all(files.map((file) => readFile(file, "latin1")));
  const storage = await openStorage(folder, { clock: systemClock, random: systemRandom });
  const records = await storage.database.iterator().all();
  await storage.close();
  return [...texts, ...records.flat()].join("\n");
}
