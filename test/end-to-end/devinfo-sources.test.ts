import { afterAll, beforeAll, expect, it } from "vitest";
import { ask } from "../support/ask.js";
import { runCommandLine } from "../support/cli-run.js";
import { signed } from "../support/connect-signer.js";
import { ConnectTool } from "../support/connect-tool.js";
import { bulk, commit, hash, repository } from "../support/devinfo-samples.js";
import { answerTo, hear, type EndToEnd } from "../support/end-to-end.js";
import { gitHubFixture } from "../support/github-events.js";
import { GitHubSide } from "../support/github-side.js";
import { LoopbackServers } from "../support/loopback-server.js";
import type { MatrixPerson } from "../support/matrix-client.js";

const servers = new LoopbackServers();
let side: GitHubSide;
let all: EndToEnd;
let tool: ConnectTool;
let alice: MatrixPerson;
let room: string;

beforeAll(async () => {
  side = await GitHubSide.start({
    sectionsFor: ({ webhookPort }) => ({
      listeners: [
        { port: webhookPort, bindAddress: "127.0.0.1", publicUrl: `http://127.0.0.1:${webhookPort}`, resources: ["webhooks", "devinfo"] },
      ],
      devinfo: { fromWebhooks: ["github"] },
      outbound: { allow: ["127.0.0.1"] },
    }),
  });
  ({ all } = side);
  const { dataFolder, keyFile } = all.installation;
  await all.restartSwitchboard({ storage: { path: dataFolder, keyFile } });
  tool = await ConnectTool.start(servers);
  alice = await all.person("alice");
  room = await all.roomWithBot(alice);
  expect(await answerTo(alice, room, "!connect jira PLAY devinfo=commit")).toContain("Connected to Jira project PLAY");
});

afterAll(async () => {
  await side.stop();
  await servers.closeAll();
});

it("a Connect app that is installed by command pushes what the room hears, until it is removed", async () => {
  const data = ["--data", all.installation.dataFolder];
  const installed = await runCommandLine(["connect-app", "install", tool.descriptorUrl, "--allow-http", "--scopes", "WRITE", ...data]);
  expect(installed.exitCode, installed.stderr).toBe(0);
  const again = await runCommandLine(["connect-app", "install", tool.descriptorUrl, "--allow-http", ...data]);
  expect(again.exitCode).not.toBe(0);
  const url = `http://127.0.0.1:${all.installation.webhookPort}/rest/devinfo/0.10/bulk`;
  const push = async (number: number): Promise<number> => {
    const authorization = signed("POST", url, { key: "org.example.tool", secret: tool.sharedSecret, now: Date.now() });
    const commits = [commit(hash(number), 1, { message: `PLAY-1 Paint the fence ${number}` })];
    const headers = { authorization, "content-type": "application/json" };
    const body = JSON.stringify(bulk([repository("tool", number, { name: "octo/tool", commits })]));
    return (await ask(all.installation.webhookPort, "/rest/devinfo/0.10/bulk", { method: "POST", headers, body })).status;
  };

  expect(await push(1)).toBe(202);
  await hear(alice, room, "Paint the fence 1");
  await all.restartSwitchboard();
  expect(await push(2)).toBe(202);
  await hear(alice, room, "Paint the fence 2");

  const removed = await runCommandLine(["connect-app", "remove", "org.example.tool", ...data]);
  expect(removed.exitCode, removed.stderr).toBe(0);
  expect(await push(3)).toBe(401);
});

it("a push that GitHub's webhook tells of is shown and heard of", async () => {
  const { headers, body } = gitHubFixture("push__one-commit");
  const [sent] = body["commits"] as readonly object[];
  const told = { ...sent, message: "PLAY-2 Oil the hinges", timestamp: new Date().toISOString() };

  await side.deliver({ headers, body: { ...body, commits: [told], head_commit: told } });

  await hear(alice, room, "Oil the hinges");
  expect(await answerTo(alice, room, "!jira dev PLAY-2")).toContain("Oil the hinges");
});
