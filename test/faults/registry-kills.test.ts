import { afterAll, beforeAll, expect, it } from "vitest";
import { createInstallation, SwitchboardProcess, type Installation } from "../support/switchboard-process.js";

// What an API acknowledged is there after the process was ended by SIGKILL right behind its answer. Nobody answers as the homeserver.
// REGISTRY_KILLS=100 makes more of them than the usual ten, spread over the APIs.

const kills = Number(process.env["REGISTRY_KILLS"] ?? 10);
const entry = ["--import", import.meta.resolve("tsx"), new URL("../../src/main.ts", import.meta.url).pathname];

/** An API whose writes are looked for after each kill. */
interface RegistryApi {
  readonly name: string;
  /** @returns how the record is called where it is listed */
  write(port: number, round: number): Promise<string>;
  list(port: number): Promise<readonly string[]>;
}

const connectorsHead = { authorization: "Token registry-token", "content-type": "application/json" };
const bearerHead = { authorization: "Bearer registry-token", "content-type": "application/json" };

function connectorsAddress(port: number): string {
  return `http://127.0.0.1:${port}/api/v2/connectors/issue-tracker/`;
}

function integrationsAddress(port: number): string {
  return `http://127.0.0.1:${port}/rest/gitplugin/1.0/integration`;
}

function ticketingAddress(port: number): string {
  return `http://127.0.0.1:${port}/xray/api/v1/ticketing/jira-integrations`;
}

const apis: readonly RegistryApi[] = [
  {
    name: "connectors",
    async write(port, round) {
      const name = `tracker ${round}`;
      const params = { issue_tracker_server: "tracker.test", issue_tracker_user: "a", issue_tracker_pass: `planted-${round}` };
      const body = JSON.stringify({ name, system: { id: "jira" }, params });
      const answer = await fetch(connectorsAddress(port), { method: "POST", headers: connectorsHead, body });
      expect(answer.status).toBe(201);
      return `${name} planted-${round}`;
    },
    async list(port) {
      const answer = await fetch(connectorsAddress(port), { headers: connectorsHead });
      // The API's own shape, which its tests hold.
      const { results } = (await answer.json()) as { readonly results: readonly { name: string; params: Record<string, string> }[] };
      return results.map(({ name, params }) => `${name} ${params["issue_tracker_pass"] ?? ""}`);
    },
  },
  {
    name: "git integrations",
    async write(port, round) {
      const displayName = `host ${round}`;
      // Disabled, so that no host is asked for repositories.
      const body = JSON.stringify({ type: "GITLAB_SERVER", origin: "https://git.test", pat: "planted", displayName, disabled: true });
      const answer = await fetch(integrationsAddress(port), { method: "POST", headers: bearerHead, body });
      expect(answer.status).toBe(200);
      return displayName;
    },
    async list(port) {
      const answer = await fetch(integrationsAddress(port), { headers: bearerHead });
      // As above.
      const { integrations } = (await answer.json()) as { readonly integrations: readonly { displayName: string }[] };
      return integrations.map(({ displayName }) => displayName);
    },
  },
  {
    name: "ticketing",
    async write(port, round) {
      const name = `scanner ${round}`;
      const account = { auth_type: "basic", username: "a", password: "planted", installation_type: "server" };
      const body = JSON.stringify({ connection_name: name, ...account, jira_server_url: "https://tracker.test" });
      const answer = await fetch(ticketingAddress(port), { method: "POST", headers: bearerHead, body });
      expect(answer.status).toBe(200);
      return name;
    },
    async list(port) {
      const answer = await fetch(ticketingAddress(port), { headers: bearerHead });
      // As above.
      const listed = (await answer.json()) as readonly { connection_name: string }[];
      return listed.map(({ connection_name: name }) => name);
    },
  },
];

let installation: Installation;

beforeAll(async () => {
  installation = await createInstallation({
    ...{ homeserverUrl: "http://127.0.0.1:9", domain: "fake.test", asToken: "as", hsToken: "hs" },
    ...{ jiraSecret: "s", jiraUrl: "http://127.0.0.1:9" },
    more: {
      api: { tokens: [{ name: "registry", token: "registry-token", scopes: ["connectors", "git-integrations", "xray-ticketing"] }] },
      // No tracker is there to be asked.
      ticketing: { verifyConnection: false },
    },
    resources: ["webhooks", "connectors", "git-integrations", "xray-ticketing"],
  });
});

afterAll(() => installation.remove());

async function live(use: (port: number) => Promise<void>): Promise<void> {
  const running = new SwitchboardProcess(installation, { entry });
  try {
    await running.ready(installation.webhookPort, 60_000);
    await use(installation.webhookPort);
  } finally {
    await running.kill();
  }
}

it(`keeps what was acknowledged through ${kills} kills`, { timeout: kills * 24_000 + 24_000 }, async () => {
  const written = apis.map((api) => ({ api, names: new Array<string>() }));
  const expectAll = async (port: number): Promise<void> => {
    for (const { api, names } of written) expect(await api.list(port), api.name).toEqual(names);
  };

  for (let round = 0; round < kills; round += 1) {
    await live(async (port) => {
      await expectAll(port);
      // The last thing before the kill, so only one of them writes.
      const { api, names } = written[round % written.length] ?? expect.fail();
      names.push(await api.write(port, round));
    });
  }

  await live(expectAll);
});
