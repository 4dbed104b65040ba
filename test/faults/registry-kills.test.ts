import { afterAll, beforeAll, expect, it } from "vitest";
import { createInstallation, SwitchboardProcess, type Installation } from "../support/switchboard-process.js";

// What an API acknowledged is there after the process was ended by SIGKILL right behind its answer. Nobody answers as the homeserver.

const kills = 10;
const entry = ["--import", import.meta.resolve("tsx"), new URL("../../src/main.ts", import.meta.url).pathname];

/** An API whose writes are looked for after each kill. */
interface RegistryApi {
  readonly name: string;
  /** @returns how the record is called where it is listed */
  write(port: number, round: number): Promise<string>;
  list(port: number): Promise<readonly string[]>;
}

const connectorsHead = { authorization: "Token connectors-token", "content-type": "application/json" };

function connectorsAddress(port: number): string {
  return `http://127.0.0.1:${port}/api/v2/connectors/issue-tracker/`;
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
];

let installation: Installation;

beforeAll(async () => {
  installation = await createInstallation({
    ...{ homeserverUrl: "http://127.0.0.1:9", domain: "fake.test", asToken: "as", hsToken: "hs" },
    ...{ jiraSecret: "s", jiraUrl: "http://127.0.0.1:9" },
    more: { api: { tokens: [{ name: "connectors", token: "connectors-token", scopes: ["connectors"] }] } },
    resources: ["webhooks", "connectors"],
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

it(`keeps what was acknowledged through ${kills} kills`, { timeout: 240_000 }, async () => {
  const written = new Map<RegistryApi, string[]>(apis.map((api) => [api, []]));

  for (let round = 0; round < kills; round += 1) {
    await live(async (port) => {
      for (const [api, names] of written) {
        expect(await api.list(port), api.name).toEqual(names);
        names.push(await api.write(port, round));
      }
    });
  }

  await live(async (port) => {
    for (const [api, names] of written) expect(await api.list(port), api.name).toEqual(names);
  });
});
