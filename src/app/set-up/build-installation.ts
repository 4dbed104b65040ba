import { buildRegistration } from "../../config/build-registration.js";
import { commentedYaml, commentLines } from "../../config/commented-yaml.js";
import { rootSchema } from "../../config/schema.js";
import type { SetUpAnswers } from "../../core/service-set-up.js";
import type { Random } from "../../shared/random.js";
import { Secret } from "../../shared/secret.js";
import { baseUrl, parseHttpUrl } from "../../shared/url.js";
import { otherServices, serviceSections } from "../services.js";
import { reservedNames } from "../reserved-names.js";
import { serviceSetUps } from "./service-set-ups.js";

interface InstallationInput {
  /** Without problems, presets filled in. */
  readonly answers: SetUpAnswers;
  readonly dataPath: string;
  readonly keyFile: string;
  readonly random: Random;
}

/** What a new installation consists of; the texts hold secrets. */
export interface Installation {
  readonly config: string;
  readonly registration: string;
  readonly domain: string;
  readonly homeserverUrl: string;
  readonly asToken: Secret;
  readonly botUserId: string;
  /** What remains to be done, besides telling the homeserver. */
  readonly nextSteps: readonly string[];
}

interface Settings {
  readonly domain: string;
  readonly homeserverUrl: string;
  readonly admin: string;
  /** Where the homeserver reaches us. */
  readonly url: string;
  readonly port: number;
  readonly bindAddress: string;
  readonly webhookPort: number;
  readonly bot: string;
}

const defaultPort = 9993;
const tokenLength = 64;
const registrationId = "switchboard";

/** Sentences on what is wrong with answers that are right one by one. */
export function findConflicts(answers: SetUpAnswers): readonly string[] {
  const { port, webhookPort } = readSettings(answers);
  const ports = port === webhookPort ? [`--webhook-port: ${webhookPort} is the port in --url already.`] : [];
  return [...ports, ...serviceSetUps().flatMap((setUp) => setUp.problem?.(answers) ?? [])];
}

/** Writes the files' texts, with tokens made anew. */
export function buildInstallation({ answers, dataPath, keyFile, random }: InstallationInput): Installation {
  const settings = readSettings(answers);
  const [asToken, hsToken] = [random.token(tokenLength), random.token(tokenLength)];
  const { domain, homeserverUrl, bot } = settings;
  return {
    config: configText(settings, answers, { path: dataPath, keyFile }),
    registration: buildRegistration({
      ...{ id: registrationId, url: settings.url, senderLocalpart: bot, asToken, hsToken, domain },
      serviceBots: [],
      ...reservedNames(),
    }),
    ...{ domain, homeserverUrl, asToken: new Secret(asToken), botUserId: `@${bot}:${domain}` },
    nextSteps: serviceSetUps().flatMap((setUp) => setUp.nextSteps(answers, settings.webhookPort)),
  };
}

function readSettings(answers: SetUpAnswers): Settings {
  const { domain = "", admin = "", bot = "" } = answers;
  const url = parseHttpUrl(answers["url"]);
  return {
    ...{ domain, admin, bot },
    homeserverUrl: withoutSlash(answers["homeserver-url"]),
    url: withoutSlash(answers["url"]),
    // With TLS, or without a port, something stands in front of us.
    port: url?.protocol === "http:" && url.port !== "" ? Number(url.port) : defaultPort,
    bindAddress: isThisMachine(url?.hostname) ? "127.0.0.1" : "0.0.0.0",
    webhookPort: Number(answers["webhook-port"]),
  };
}

function withoutSlash(address: string | undefined): string {
  const url = parseHttpUrl(address);
  return url === undefined ? "" : baseUrl(url);
}

function isThisMachine(host: string | undefined): boolean {
  return host !== undefined && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(host);
}

function configText(settings: Settings, answers: SetUpAnswers, storage: { readonly path: string; readonly keyFile: string }): string {
  const { domain, homeserverUrl, port, bindAddress, webhookPort, admin } = settings;
  const values = {
    bridge: { domain, url: homeserverUrl, port, bindAddress },
    listeners: [{ port: webhookPort, bindAddress: "0.0.0.0", resources: ["webhooks"] }],
    permissions: [
      { actor: admin, services: [{ service: "*", level: "admin" }] },
      { actor: domain, services: [{ service: "*", level: "login" }] },
    ],
    ...Object.fromEntries(serviceSetUps().flatMap(({ configKey, section }) => wantedSection(configKey, section(answers)))),
    storage,
  };
  return `${heading(settings)}\n${commentedYaml(rootSchema(serviceSections(), otherServices), values)}`;
}

/** A service that nothing was answered about may leave its section out. */
function wantedSection(configKey: string, section: object | undefined): readonly (readonly [string, object])[] {
  return section === undefined ? [] : [[configKey, section]];
}

function heading({ domain, admin }: Settings): string {
  const paragraphs = [
    "Configuration of Switchboard, written by switchboard init. It holds secrets: keep it readable by its owner only.",
    "docs/config.md describes every key; switchboard check-config says what is wrong or doubtful here.",
    `Permissions: everybody on ${domain} may invite the bot, type commands in connected rooms, and act at the remotes with a login of ` +
      `their own. Connecting rooms is for ${admin}; to let others do it, give them the level manageConnections.`,
    "Webhooks: the address 0.0.0.0 means all addresses of this machine. Behind a reverse proxy on it, 127.0.0.1 is enough.",
  ];
  return paragraphs.map(commentParagraph).join("#\n");
}

function commentParagraph(text: string): string {
  return commentLines(text, 0)
    .map((line) => `${line}\n`)
    .join("");
}
