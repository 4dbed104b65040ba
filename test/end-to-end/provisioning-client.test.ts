import { afterAll, beforeAll, expect, it } from "vitest";
import { consent } from "../support/browser.js";
import { hear, type EndToEnd } from "../support/end-to-end.js";
import { HookSender } from "../support/hook-sender.js";
import { IntegrationManager } from "../support/integration-manager.js";
import type { MatrixPerson } from "../support/matrix-client.js";
import { connectionTypes, ProvisioningSide } from "../support/provisioning-side.js";

let side: ProvisioningSide;
let all: EndToEnd;
let alice: MatrixPerson;
let manager: IntegrationManager;

beforeAll(async () => {
  side = await ProvisioningSide.start();
  ({ all } = side);
  for (let made = 1; made <= 23; made += 1) side.gitHub.addRepository(`ada/own-${made}`);
  alice = await all.person("alice");
  manager = new IntegrationManager({
    port: all.installation.webhookPort,
    token: side.secrets.token,
    userId: alice.userId,
    invite: (roomId, userId) => alice.invite(roomId, userId),
  });
});

afterAll(() => side.stop());

/** A room without the bot, in which it may write as soon as it is there. */
function roomForBot(): Promise<string> {
  const users = { [alice.userId]: 100, "@hookshot:localhost": 50 };
  return alice.createRoom({ room_version: "11", power_level_content_override: { users } });
}

it("sets up a Jira project: login, instance, project, room", async () => {
  const roomId = await roomForBot();
  expect(await manager.jiraInstances()).toEqual([]);
  const page = await consent(await manager.jiraLoginUrl(), { as: "ada" });
  expect(page.status).toBe(200);

  const [instance = ""] = await manager.jiraInstances();
  const project = (await manager.jiraProjects(instance)).find(({ key }) => key === "PLAY");
  const made = await manager.bridge(roomId, connectionTypes.jira, { url: project?.url });

  expect(await manager.connections(roomId, connectionTypes.jira)).toEqual([made]);
  await hear(alice, roomId, (await all.jira.createIssue("PLAY", "Set up by a program")).key);
  await manager.unbridge(roomId, made);
  expect(await manager.connections(roomId, connectionTypes.jira)).toEqual([]);
});

it("sets up a GitHub repository: login, organisation, repository, room", async () => {
  const roomId = await roomForBot();
  expect(await manager.gitHubOrganisations()).toEqual([]);
  const page = await consent(await manager.gitHubLoginUrl(), { as: "ada" });
  expect(page.status).toBe(200);

  expect(await manager.gitHubOrganisations()).toEqual(["octo", "ada"]);
  const everything = await manager.gitHubRepositories();
  const ofOcto = await manager.gitHubRepositories("octo");
  expect([everything.length, new Set(everything.map(({ owner, name }) => `${owner}/${name}`)).size]).toEqual([29, 29]);
  expect(ofOcto.map(({ name }) => name)).toEqual(["hello", "world", "three", "four", "five"]);
  const [first] = ofOcto;
  const made = await manager.bridge(roomId, connectionTypes.gitHub, { org: first?.owner, repo: first?.name });

  await side.gitHub.createIssue("octo/hello", "Set up by a program", "ada");
  await hear(alice, roomId, "Set up by a program");
  const changed = await manager.change(roomId, made, { ...made.config, enableHooks: ["push"] });
  expect([changed.id, changed.config["enableHooks"]]).toEqual([made.id, ["push"]]);
  await manager.unbridge(roomId, made);
  expect(await manager.connections(roomId, connectionTypes.gitHub)).toEqual([]);
});

it("sets up a webhook in a room that it first only looks at", async () => {
  const roomId = await roomForBot();
  expect(await manager.connections(roomId, connectionTypes.hook)).toEqual([]);
  expect(await alice.joinedMembers(roomId)).toContain("@hookshot:localhost");

  const made = await manager.bridge(roomId, connectionTypes.hook, { name: "builds" });
  const { url = "" } = made.secrets ?? {};

  expect((await new HookSender(all.installation.webhookPort).json(url, { text: "Set up by a program" })).status).toBe(202);
  await hear(alice, roomId, "Set up by a program");
  const listed = await manager.connections(roomId, connectionTypes.hook);
  expect(listed).toMatchObject([{ id: made.id, config: { name: "builds" } }]);
  expect("secrets" in (listed[0] ?? {})).toBe(false);
  await manager.unbridge(roomId, made);
});
