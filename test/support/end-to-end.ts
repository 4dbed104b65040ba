import { createHash, createHmac, randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { createApp, type App } from "../../src/app/app.js";
import { otherServices, serviceSections } from "../../src/app/services.js";
import { loadConfig } from "../../src/config/load.js";
import type { Clock } from "../../src/shared/clock.js";
import { createLog } from "../../src/shared/log.js";
import { ask, type Asked } from "./ask.js";
import { CuttingProxy } from "./cutting-proxy.js";
import { JiraStandIn } from "./jira-stand-in.js";
import { MatrixPerson, type ClientEvent, type RoomOptions } from "./matrix-client.js";
import { freePorts } from "./free-ports.js";
import { createInstallation, SwitchboardProcess, type Installation } from "./switchboard-process.js";
import { Synapse } from "./synapse.js";

export const bot = "@hookshot:localhost";
export const connectionType = "uk.half-shot.matrix-hookshot.jira.project";

type Sections = Readonly<Record<string, unknown>>;
type Content = Readonly<Record<string, unknown>>;

export interface EndToEndOptions {
  /** Top-level sections of the configuration that replace the usual ones. */
  readonly sections?: Sections;
  /** The same, for sections that name what is not there before. */
  readonly sectionsFor?: (parts: SectionParts) => Sections;
  /** Keys of the registration file that replace the usual ones. */
  readonly registration?: Sections;
  /** More keys of homeserver.yaml. */
  readonly homeserver?: Sections;
  /** Puts proxies that can cut between Switchboard and Synapse, in both directions. */
  readonly hasProxies?: boolean;
}

/** What sections of the configuration may name. */
export interface SectionParts {
  readonly webhookPort: number;
  readonly jira: JiraStandIn;
  readonly secrets: Secrets;
}

export interface RoomWithBotOptions extends RoomOptions {
  /** 50 unless given. */
  readonly botPower?: number;
  readonly bots?: readonly string[];
}

export interface WebhookOptions {
  readonly path?: string;
  readonly identifier?: string;
  /** The right one unless given. */
  readonly signature?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Secrets {
  readonly asToken: string;
  readonly hsToken: string;
  readonly jiraSecret: string;
  readonly jiraToken: string;
}

interface Proxies {
  readonly toHomeserver: CuttingProxy;
  readonly fromHomeserver: CuttingProxy;
}

/**
 * The whole product beside a real Synapse and a stand-in for Jira with the project PLAY: what a test of the product as a whole starts
 * with. Switchboard runs in this process, through the same handle as the command line's; stopping and starting it keeps its data folder.
 */
export class EndToEnd {
  readonly synapse: Synapse;
  readonly jira: JiraStandIn;
  readonly installation: Installation;
  readonly secrets: Secrets;
  /** Lines of Switchboard's log. */
  readonly log: string[] = [];
  readonly #proxies: Proxies | undefined;
  readonly #people: MatrixPerson[] = [];
  #app: App | undefined;
  #webhooks = 0;
  #rooms = 0;

  private constructor(parts: Pick<EndToEnd, "synapse" | "jira" | "installation" | "secrets">, proxies: Proxies | undefined) {
    this.synapse = parts.synapse;
    this.jira = parts.jira;
    this.installation = parts.installation;
    this.secrets = parts.secrets;
    this.#proxies = proxies;
  }

  static async start(options: EndToEndOptions = {}): Promise<EndToEnd> {
    const { sections, sectionsFor, registration, homeserver = {}, hasProxies = false } = options;
    const secrets = { asToken: secret("as"), hsToken: secret("hs"), jiraSecret: secret("webhook"), jiraToken: secret("credential") };
    const jira = await JiraStandIn.start({ deployment: "server", credential: { token: secrets.jiraToken } });
    jira.addProject("PLAY");
    const [synapsePort = 0, webhookPort = 0, appservicePort = 0] = await freePorts(3);
    const proxies = hasProxies
      ? { toHomeserver: await CuttingProxy.start(synapsePort), fromHomeserver: await CuttingProxy.start(appservicePort) }
      : undefined;
    const settings = {
      ...secrets,
      homeserverUrl: proxies?.toHomeserver.url ?? `http://127.0.0.1:${synapsePort}`,
      domain: "localhost",
      jiraUrl: jira.url,
      more: { ...sections, ...sectionsFor?.({ webhookPort, jira, secrets }) },
      moreRegistration: { ...(proxies === undefined ? {} : { url: proxies.fromHomeserver.url }), ...registration },
    };
    const installation = await createInstallation(settings, [webhookPort, appservicePort]);
    const synapse = await Synapse.start({
      port: synapsePort,
      registrations: [installation.registrationFile],
      config: homeserver,
      progress: (line) => console.log(line),
    });
    jira.addWebhook({ url: `http://127.0.0.1:${webhookPort}/jira/webhook`, secret: secrets.jiraSecret });
    const endToEnd = new EndToEnd({ synapse, jira, installation, secrets }, proxies);
    await endToEnd.startSwitchboard();
    return endToEnd;
  }

  /** Ends everything and deletes what it left. */
  async stop(): Promise<void> {
    await this.stopSwitchboard();
    await Promise.all(this.#people.map((person) => person.stop()));
    await this.synapse.stop();
    await Promise.all([this.jira.stop(), this.#proxies?.toHomeserver.stop(), this.#proxies?.fromHomeserver.stop()]);
    await this.installation.remove();
  }

  get proxies(): Proxies {
    if (this.#proxies === undefined) throw new TypeError("There are proxies only where the test asked for them");
    return this.#proxies;
  }

  /**
   * @param changes keys of the two files that are replaced, for this start and the later ones; Synapse keeps the registration it has
   * @param clock for this start only; the system's unless given
   */
  async startSwitchboard(
    changes: Pick<EndToEndOptions, "sections" | "registration"> & { readonly isHurried?: true } = {},
    clock?: Clock,
  ): Promise<void> {
    const { configFile, registrationFile } = this.installation;
    await changeFile(configFile, changes.sections);
    await changeFile(registrationFile, changes.registration);
    const services = { services: serviceSections(), otherServices };
    const { config, registration } = loadConfig({ configFiles: [configFile], registrationFile, env: {}, ...services });
    const log = createLog(config.logging, { write: (line) => this.log.push(line) });
    this.#app = await createApp({ config, registration, log, ...(clock === undefined ? {} : { clock }) });
    await this.#app.start();
    // What is sent in the moment in which Synapse finds us again is left lying by it until something else is sent (delivery/held-transactions.ts).
    if (changes.isHurried !== true) await setTimeout(300);
  }

  async stopSwitchboard(): Promise<void> {
    await this.#app?.stop();
    this.#app = undefined;
  }

  /** @param sections replace those of the configuration file, for this start and the later ones */
  async restartSwitchboard(sections: Sections = {}, clock?: Clock): Promise<void> {
    await this.stopSwitchboard();
    await this.startSwitchboard({ sections }, clock);
  }

  /**
   * Switchboard as a process of its own, to be killed or stopped by the caller: from the source as it stands, so that tests need no build.
   * The one in this process has to be stopped before.
   */
  async startProcess(): Promise<SwitchboardProcess> {
    const entry = ["--import", import.meta.resolve("tsx"), new URL("../../src/main.ts", import.meta.url).pathname];
    const process = new SwitchboardProcess(this.installation, { entry });
    await process.ready(this.installation.webhookPort, 60_000);
    return process;
  }

  configText(): Promise<string> {
    return readFile(this.installation.configFile, "utf8");
  }

  async person(name: string): Promise<MatrixPerson> {
    const person = await this.synapse.person(name);
    this.#people.push(person);
    return person;
  }

  /** Makes any call with the appservice's token. */
  async asOurs<T = Content>(method: "GET" | "PUT" | "POST", path: string, body?: Content, user = bot): Promise<T> {
    const caller = new MatrixPerson(this.synapse.url, user, this.secrets.asToken);
    try {
      return await caller.call<T>(method, `${path}?user_id=${encodeURIComponent(user)}`, body);
    } finally {
      await caller.stop();
    }
  }

  /** A private room, in version 11 unless given, that the bot has joined. */
  async roomWithBot(owner: MatrixPerson, options: RoomWithBotOptions = {}): Promise<string> {
    const { botPower = 50, bots = [bot], invite = [], room_version = "11", ...others } = options;
    this.#rooms += 1;
    // From version 12 on creators stand above all levels and must not be listed.
    const creator = Number(room_version) < 12 ? { [owner.userId]: 100 } : {};
    const users = { ...creator, ...Object.fromEntries(bots.map((userId) => [userId, botPower])) };
    const power = { users, ...others.power_level_content_override };
    const roomId = await owner.createRoom({
      name: `room ${this.#rooms}`,
      ...others,
      room_version,
      invite: [...bots, ...invite],
      power_level_content_override: power,
    });
    for (const userId of bots) await membership(owner, roomId, userId, "join");
    return roomId;
  }

  /** An unencrypted direct chat with the bot, opened by the person. */
  async directChat(person: MatrixPerson): Promise<string> {
    const roomId = await person.createRoom({ is_direct: true, preset: "trusted_private_chat", invite: [bot] });
    await membership(person, roomId, bot, "join");
    return roomId;
  }

  /** Sends a signed webhook, as Jira does. */
  async webhook(payload: unknown, options: WebhookOptions = {}): Promise<Asked> {
    this.#webhooks += 1;
    const body = typeof payload === "string" ? payload : JSON.stringify(payload);
    const signature = createHmac("sha256", this.secrets.jiraSecret).update(body).digest("hex");
    return ask(this.installation.webhookPort, options.path ?? "/jira/webhook", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-hub-signature": options.signature ?? `sha256=${signature}`,
        "x-atlassian-webhook-identifier": options.identifier ?? `end-to-end-${this.#webhooks}`,
        ...options.headers,
      },
      body,
    });
  }

  /** Sends a transaction, as the homeserver does. */
  async transaction(id: string, events: readonly object[]): Promise<Asked> {
    return ask(this.installation.appservicePort, `/_matrix/app/v1/transactions/${id}`, {
      method: "PUT",
      headers: { authorization: `Bearer ${this.secrets.hsToken}`, "content-type": "application/json" },
      body: JSON.stringify({ events }),
    });
  }

  async metrics(): Promise<string> {
    return (await ask(this.installation.webhookPort, "/metrics")).text;
  }

  projectUrl(key = "PLAY"): string {
    return `${this.jira.url}/projects/${key}`;
  }
}

/** Where a room's state event is read and set. */
export function statePath(roomId: string, eventType: string, stateKey: string): string {
  const [room, eventTypePart, key] = [roomId, eventType, stateKey].map(encodeURIComponent);
  return `/_matrix/client/v3/rooms/${room ?? ""}/state/${eventTypePart ?? ""}/${key ?? ""}`;
}

/** Where the account data of the bot in a room is read and set. */
export function accountDataPath(roomId: string, dataType: string, user = bot): string {
  const [userPart, room, dataTypePart] = [user, roomId, dataType].map(encodeURIComponent);
  return `/_matrix/client/v3/user/${userPart ?? ""}/rooms/${room ?? ""}/account_data/${dataTypePart ?? ""}`;
}

/** Name of the account data that says whether a room may hear a Jira project (Hookshot reference 7). */
export function grantType(url: string): string {
  return `uk.half-shot.matrix-hookshot.grant/jira/${createHash("md5").update(`url:${url}`).digest("hex")}`;
}

async function changeFile(path: string, changes: Sections = {}): Promise<void> {
  const before: unknown = JSON.parse(await readFile(path, "utf8"));
  // We wrote it: an object.
  await writeFile(path, JSON.stringify({ ...(before as object), ...changes }, undefined, 2));
}

function secret(name: string): string {
  return `planted-${name}-${randomBytes(16).toString("hex")}`;
}

/** Waits until a user's membership is so. @returns the member event */
export async function membership(witness: MatrixPerson, roomId: string, userId: string, wanted: string): Promise<ClientEvent> {
  return witness.waitForEvent(
    roomId,
    (event) => event.type === "m.room.member" && event.state_key === userId && event.content["membership"] === wanted,
    { what: `${userId} to ${wanted} in ${roomId}` },
  );
}

/** Types something and waits for what the bot says next. */
export async function type(person: MatrixPerson, roomId: string, text: string, speaker = bot): Promise<ClientEvent> {
  const asked = await person.sendText(roomId, text);
  return person.waitForEvent(roomId, (event) => event.type === "m.room.message" && event.sender === speaker, {
    after: asked,
    what: `an answer to ${text}`,
  });
}

/** Types something and gives the words of the answer. */
export async function answerTo(person: MatrixPerson, roomId: string, text: string, speaker = bot): Promise<string> {
  return bodyOf(await type(person, roomId, text, speaker));
}

/** Waits for a message of the bot that has these words. */
export async function hear(person: MatrixPerson, roomId: string, words: string, timeoutMs = 20_000): Promise<ClientEvent> {
  return person.waitForEvent(roomId, (event) => event.sender === bot && bodyOf(event).includes(words), {
    what: `"${words}"`,
    timeoutMs,
  });
}

export function bodyOf({ content }: ClientEvent): string {
  return typeof content["body"] === "string" ? content["body"] : "";
}

/** What the bot said in the room so far, in order. */
export async function said(person: MatrixPerson, roomId: string, speaker = bot): Promise<readonly string[]> {
  const messages = (await person.readTimeline(roomId, 500)).filter((event) => event.sender === speaker && event.type === "m.room.message");
  return messages.map(bodyOf);
}
