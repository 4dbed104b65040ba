import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectorSystems } from "../../src/apis/connectors/schema.js";
import { createRemoteServices, services } from "../../src/app/services.js";
import { Registry } from "../../src/remotes/registry.js";
import { RemoteWebhooks, type WebhookFields } from "../../src/remotes/remote-webhooks.js";
import { systemClock } from "../../src/shared/clock.js";
import { systemRandom } from "../../src/shared/random.js";
import { openStorage, type Storage } from "../../src/storage/open.js";
import { createRecordStore } from "../../src/storage/stores/record-store.js";
import type { Asked } from "../support/ask.js";
import { ConnectorsRig } from "../support/connectors-rig.js";
import { readDataFolder } from "../support/data-folder.js";
import { GitIntegrationsRig, integrationsUrl } from "../support/git-integrations-rig.js";
import { LoopbackServers } from "../support/loopback-server.js";
import { RemoteStandIn, type StandInRequest } from "../support/remote-stand-in.js";
import { sealerOf } from "../support/sealers.js";
import { SecretSearch } from "../support/secret-search.js";
import { integrationsUrl as ticketingUrl, statusUrl, TicketingRig } from "../support/ticketing-rig.js";

// No secret of anything that was registered is in the data folder, in the log, in an error, or in an answer whose contract hides it: plain,
// in base64 however it lies, or in hex. The story registers, changes, tests, breaks and removes over all three APIs, on a real data folder,
// with a remote that repeats whatever it is sent.

const servers = new LoopbackServers();
const checking = [...services, ...createRemoteServices({ trackedFolders: [], clock: systemClock })];

/** By what they are; what was registered under them is looked for in every form. */
const secrets: Record<string, string> = {};
/** Answers that hide secrets, and errors. */
const told: string[] = [];
/** Answers that show secrets to whoever may edit them, as the connectors' contract wants it. */
const shown: string[] = [];
const logged: string[] = [];

let folder: string;
let storage: Storage;

/** With everything in it that encodings and escapes change; no two alike. */
function plant(name: string, isHeader = false): string {
  const secret = `${isHeader ? "" : "ä🎉"}pl"an\\ted+/=&<${randomBytes(9).toString("hex")}>`;
  secrets[name] = secret;
  return secret;
}

function tell(answer: Asked): void {
  told.push(JSON.stringify(answer.headers), answer.text);
}

const faults = ["none", "refusal", "failure", "redirect", "oddity"] as const;
let fault: (typeof faults)[number] = "none";

/** A remote that repeats what it is sent wherever it can. */
function echo({ headers, body, path: asked, query }: StandInRequest): { status: number; headers?: Record<string, string>; body?: string } {
  const shownThere = [headers.authorization, headers["private-token"], body].join(" ").replaceAll(/[^\x20-\x7e]/g, "?");
  const decoded = Buffer.from((headers.authorization ?? "").replace(/^Basic /, ""), "base64").toString("utf8");
  const text = JSON.stringify({
    message: `You sent ${shownThere} ${decoded}`,
    error: shownThere,
    errorMessages: [decoded],
    asked,
    query: query.toString(),
  });
  if (fault === "redirect") return { status: 302, headers: { location: `http://127.0.0.2/${encodeURIComponent(shownThere)}` }, body: text };
  const status = { none: 200, refusal: 401, failure: 500, oddity: 418 }[fault];
  return {
    status,
    headers: { "www-authenticate": `Basic realm="${encodeURIComponent(shownThere)}"`, "x-echo": encodeURIComponent(shownThere) },
    body: text,
  };
}

const connectorsUrl = "/api/v2/connectors/issue-tracker/";
const testingUrl = "/api/v2/connectors/test-issue-tracker/";

async function useConnectors(standIn: RemoteStandIn): Promise<void> {
  const rig = new ConnectorsRig({ database: storage.database, services: checking, allow: ["127.0.0.1"] });
  const server = new URL(standIn.url).host;
  for (const { id } of connectorSystems) {
    const common = { issue_tracker_server: server, issue_tracker_method: "http", issue_tracker_user: "ada", github_repo_owner: "octo" };
    const params = {
      ...{ ...common, issue_tracker_project: "play", rally_workspace: "w", hp_alm_domain: "d" },
      issue_tracker_pass: plant(`password of connector ${id}`),
      issue_tracker_api_token: plant(`token of connector ${id}`, true),
      my_own_secret: plant(`further secret of connector ${id}`),
    };
    const body = { name: `tracker ${id}`, system: { id }, params };
    shown.push((await rig.call("POST", connectorsUrl, { body })).text);
    for (fault of faults) {
      for (const mode of ["basic", "api_token"]) {
        tell(await rig.call("POST", testingUrl, { body: { ...body, params: { ...params, issue_tracker_auth_mode: mode } } }));
      }
    }
    // Refused: the name is taken, the params do not fit, the body is no JSON.
    tell(await rig.call("POST", connectorsUrl, { body }));
    tell(await rig.call("POST", connectorsUrl, { body: { ...body, name: "x", params: { ...params, issue_tracker_server: "127.0.0.2" } } }));
    tell(await rig.call("POST", connectorsUrl, { body: JSON.stringify({ ...body, name: "y" }).slice(0, -1) }));
    tell(await rig.call("POST", connectorsUrl, { body: { ...body, name: "z", params: { ...params, issue_tracker_method: "ftp" } } }));
    tell(await rig.call("POST", connectorsUrl, { body, token: "read" }));
    tell(await rig.call("POST", connectorsUrl, { body, token: "wrong" }));
    const next = { params: { issue_tracker_pass: plant(`second password of connector ${id}`) } };
    const own = rig.connectors;
    const [last] = (await own.list()).slice(-1);
    shown.push((await rig.call("PATCH", `${connectorsUrl}${last?.id ?? 0}/`, { body: next })).text);
    tell(await rig.call("PATCH", `${connectorsUrl}${last?.id ?? 0}/`, { body: next, token: "read" }));
    // Tests are let through so many a minute.
    await rig.clock.advance(60_000);
  }
  tell(await rig.call("GET", `${connectorsUrl}?page_size=100`, { token: "read" }));
  tell(await rig.call("GET", `${connectorsUrl}1/`, { token: "read" }));
  tell(await rig.call("GET", `${connectorsUrl}?page_size=100&exclude=params`));
  tell(await rig.call("DELETE", `${connectorsUrl}1/`));
  await rig.stop();
  logged.push(...rig.logged);
}

async function useTicketing(standIn: RemoteStandIn): Promise<void> {
  const rig = new TicketingRig({ database: storage.database, allow: ["127.0.0.1"] });
  const lax = new TicketingRig({ database: storage.database, allow: ["127.0.0.1"], verifiesConnections: false });
  for (const installation of ["cloud", "server"]) {
    const body = {
      ...{ connection_name: `jira${installation}`, auth_type: "basic", username: "ada", installation_type: installation },
      ...{ jira_server_url: standIn.url, password: plant(`password of ticketing ${installation}`) },
    };
    const url = `${ticketingUrl}/${body.connection_name}`;
    for (fault of faults) tell(await rig.call("POST", ticketingUrl, { body }));
    tell(await lax.call("POST", ticketingUrl, { body }));
    tell(await lax.call("POST", ticketingUrl, { body }));
    tell(await lax.call("POST", ticketingUrl, { body: JSON.stringify(body).slice(0, -1) }));
    tell(await lax.call("POST", ticketingUrl, { body: { ...body, auth_type: "none" } }));
    tell(await lax.call("POST", ticketingUrl, { body: { ...body, connection_name: "no name" } }));
    tell(await lax.call("POST", ticketingUrl, { body, headers: { authorization: "Bearer wrong" } }));
    const password = plant(`second password of ticketing ${installation}`);
    for (fault of faults) tell(await rig.call("PUT", url, { body: { password } }));
    tell(await lax.call("PUT", url, { body: { password } }));
    for (fault of faults) tell(await rig.call("GET", `${statusUrl}?integrationName=${body.connection_name}`));
    for (const one of [ticketingUrl, url, `${url}/details`]) tell(await rig.call("GET", one));
  }
  tell(await rig.call("DELETE", `${ticketingUrl}/jiracloud`));
  await Promise.all([rig.stop(), lax.stop()]);
  logged.push(...rig.logged, ...lax.logged);
}

async function useGitIntegrations(): Promise<void> {
  const rig = new GitIntegrationsRig({ database: storage.database, allow: ["127.0.0.1"] });
  const types = ["GITHUB", "GITHUB_SERVER", "GITLAB", "GITLAB_SERVER", "GITLAB_SERVER_LEGACY", "AWS", "AZURE", "VSTS", "TFS_SERVER"];
  for (const [index, type] of [...types, "AZURE_DEVOPS", "GERRIT", "FILESPACE"].entries()) {
    const origin = type === "FILESPACE" ? "/repos/*" : "https://git.test";
    const own = () => ({ pat: plant(`pat ${index} of ${type}`, true), password: plant(`password ${index} of ${type}`), username: "ada" });
    const body = { type, origin, awsRegion: "us-east-1", ...own() };
    tell(await rig.create(body));
    const url = `${integrationsUrl}/${index + 1}`;
    tell(
      await rig.call("PUT", url, { body: { pat: plant(`second pat of ${type}`, true), password: plant(`second password of ${type}`) } }),
    );
    for (const wrong of [
      { ...body, type: "SVN" },
      { ...body, origin: "http://127.0.0.2" },
      { ...body, tagsFilter: "(" },
      { ...body, disabled: 1 },
    ]) {
      tell(await rig.create(wrong));
      tell(await rig.call("PUT", url, { body: wrong }));
    }
    tell(await rig.create(JSON.stringify(body).slice(0, -1)));
    tell(await rig.call("POST", integrationsUrl, { body, headers: { authorization: "Bearer read" } }));
    tell(await rig.call("POST", integrationsUrl, { body, headers: { authorization: "Bearer wrong" } }));
    tell(await rig.call("GET", url));
  }
  tell(await rig.call("GET", integrationsUrl));
  tell(await rig.call("DELETE", `${integrationsUrl}/2`));
  await rig.stop();
  logged.push(...rig.logged);
}

/** Each remote signs with a secret of its own. */
async function useWebhooks(): Promise<void> {
  const { database, unitOfWork } = storage;
  const store = createRecordStore<WebhookFields>(database, "remote-webhooks", sealerOf("a"));
  const registry = new Registry({ store, unitOfWork, clock: systemClock, hasUniqueNames: true });
  const webhooks = new RemoteWebhooks({ registry, store, random: systemRandom });
  for (const key of ["connector-2", "ticketing-2", "integration-1"])
    secrets[`webhook secret of ${key}`] = (await webhooks.secretOf({ key, url: "https://jira.example.org" })).reveal();
}

/** The story would prove nothing if the remote, which repeats them, had not been shown the secrets. */
function expectShown({ requests }: RemoteStandIn): void {
  const basic = (text = ""): string => Buffer.from(text.replace(/^Basic /, ""), "base64").toString("utf8");
  const seen = requests.flatMap(({ headers, body }) => [JSON.stringify(headers), body, basic(headers.authorization)]).join("\n");
  const names = new Set(new SecretSearch(secrets).in(seen).map((found) => found.replace(/: [^:]*$/, "")));
  const tested = connectorSystems.filter(({ serviceId }) => serviceId !== undefined).map(({ id }) => id);
  for (const id of tested) expect([...names].filter((name) => name.endsWith(` of connector ${id}`)).length, id).toBeGreaterThan(0);
  for (const installation of ["cloud", "server"]) expect(names).toContain(`second password of ticketing ${installation}`);
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "switchboard-registry-"));
  storage = await openStorage(folder, { clock: systemClock, random: systemRandom });
  const standIn = await RemoteStandIn.start(servers, echo);
  await useConnectors(standIn);
  await useTicketing(standIn);
  await useGitIntegrations();
  await useWebhooks();
  expectShown(standIn);
  await storage.close();
}, 60_000);

afterAll(async () => {
  await servers.closeAll();
  rmSync(folder, { recursive: true });
});

describe("secrets of what was registered", () => {
  it("are many, and of every kind", () => {
    for (const kind of ["password of connector", "token of connector", "password of ticketing", "pat 0 of", "webhook secret of"]) {
      expect(
        Object.keys(secrets).some((name) => name.includes(kind)),
        kind,
      ).toBe(true);
    }
    // What the contract wants shown is found by the same search.
    expect(new SecretSearch(secrets).in(shown.join("\n")).length).toBeGreaterThan(20);
  });

  it("are not in the data folder: in no file, no key and no value", async () => {
    const search = new SecretSearch(secrets);
    const { files, records } = await readDataFolder(folder);

    expect(records.filter(({ where }) => /record \d/.test(where)).length).toBeGreaterThan(20);
    const found = [...files, ...records].flatMap(({ where, text }) => search.in(text).map((what) => `${where}: ${what}`));
    expect(found).toEqual([]);
  });

  it("are in no line of the log", () => {
    const search = new SecretSearch(secrets);

    expect(logged.length).toBeGreaterThan(50);
    expect(logged.flatMap((line) => search.in(line).map((what) => `${what} in ${line}`))).toEqual([]);
  });

  it("are in no error, and in no answer that hides them", () => {
    const search = new SecretSearch(secrets);

    expect(told.length).toBeGreaterThan(200);
    expect(told.flatMap((text) => search.in(text).map((what) => `${what} in ${text}`))).toEqual([]);
  });
});
