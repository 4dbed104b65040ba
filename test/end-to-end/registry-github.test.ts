import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, type Asked } from "../support/ask.js";
import { answerTo, bodyOf, EndToEnd, hear, said } from "../support/end-to-end.js";
import { repositoryType } from "../support/github-side.js";
import { GitHubStandIn } from "../support/github-stand-in.js";
import { sendGitHubWebhook } from "../support/github-webhook-sender.js";
import type { MatrixPerson } from "../support/matrix-client.js";

// Rooms hear GitHubs that were only registered, over the API for Git integrations: the configuration has no section for GitHub.

const apiToken = `planted-api-${randomBytes(16).toString("hex")}`;

/** Two GitHubs with a repository of the same name. At the first, the registered account may administer it; at the second it only reads. */
interface Registered {
  readonly gitHub: GitHubStandIn;
  readonly id: number;
}

let all: EndToEnd;
let alice: MatrixPerson;
let chat: string;
let first: Registered;
let second: Registered;
let firstRoom: string;
let secondRoom: string;

beforeAll(async () => {
  all = await EndToEnd.start({
    sectionsFor: ({ webhookPort }) => ({
      listeners: [
        {
          ...{ port: webhookPort, bindAddress: "127.0.0.1", resources: ["webhooks", "metrics", "git-integrations"] },
          publicUrl: `http://127.0.0.1:${webhookPort}`,
        },
      ],
      api: { tokens: [{ name: "keeper", token: apiToken, scopes: ["git-integrations"] }] },
      outbound: { allow: ["127.0.0.0/8"] },
    }),
  });
  alice = await all.person("alice");
  chat = await all.directChat(alice);
});

afterAll(async () => {
  await all.stop();
  await Promise.all([first, second].map(({ gitHub }) => gitHub.stop()));
});

function api(method: "POST" | "DELETE", path: string, body?: object): Promise<Asked> {
  return ask(all.installation.webhookPort, `/rest/gitplugin/1.0/integration${path}`, {
    method,
    headers: { authorization: `Bearer ${apiToken}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function register(displayName: string, permission: "admin" | "read"): Promise<Registered> {
  const gitHub = await GitHubStandIn.start();
  const pat = `ghp_planted${randomBytes(16).toString("hex")}`;
  gitHub.addAccount("octo");
  gitHub.addAccount("robot", pat);
  gitHub.addRepository("octo/hello", { isPrivate: true, permissions: { robot: permission } });
  const answer = await api("POST", "", { type: "GITHUB_SERVER", origin: gitHub.url, pat, displayName });
  // The API's own shape, which its tests hold.
  const { integration } = JSON.parse(answer.text) as { readonly integration: { readonly id: number } };
  return { gitHub, id: integration.id };
}

async function connectionsIn(roomId: string): Promise<readonly object[]> {
  const state = await alice.getState(roomId);
  return state.filter((event) => event.type === repositoryType).map(({ state_key, content }) => ({ state_key, content }));
}

describe("a GitHub that was registered as Git integration", () => {
  it("connects a room, and has the repository send what happens there", async () => {
    first = await register("first host", "admin");
    firstRoom = await all.roomWithBot(alice);

    expect(await answerTo(alice, firstRoom, "!connect github octo/hello")).toBe(
      `Connected to GitHub repository octo/hello at integration first host (${first.gitHub.url}). I registered a webhook there, so that it tells me what happens.`,
    );

    const content = { org: "octo", repo: "hello", url: first.gitHub.url };
    expect(await connectionsIn(firstRoom)).toEqual([{ state_key: `${new URL(first.gitHub.url).host}/octo/hello`, content }]);
    const { port } = new URL(first.gitHub.repository("octo/hello").hooks[0]!.url);
    expect(Number(port)).toBe(all.installation.webhookPort);
    await first.gitHub.createIssue("octo/hello", "The swing squeaks", "octo");
    const heard = await hear(alice, firstRoom, "The swing squeaks");
    expect(bodyOf(heard)).toContain(`[octo/hello#1](${first.gitHub.url}/octo/hello/issues/1)`);
    expect(first.gitHub.reports.map(({ name, status }) => [name, status])).toEqual([
      ["ping", 200],
      ["issues.opened", 200],
    ]);
  });

  it("is connected once, and mended when it is connected again", async () => {
    const hook = first.gitHub.repository("octo/hello").hooks[0]!;
    hook.active = false;

    expect(await answerTo(alice, firstRoom, "!connect github octo/hello")).toContain("This room is already connected to");

    expect(first.gitHub.repository("octo/hello").hooks).toEqual([hook]);
    expect(hook.active).toBe(true);
  });

  it("asks which one is meant where two have it", async () => {
    second = await register("second", "read");
    secondRoom = await all.roomWithBot(alice);

    const answer = await answerTo(alice, secondRoom, "!connect github octo/hello");

    expect(answer).toContain('`!connect "github:integration/first host" octo/hello`');
    expect(answer).toContain("`!connect github:integration/second octo/hello`");
    expect(await connectionsIn(secondRoom)).toEqual([]);
  });

  it("tells who connects it what to do where its account may not have it send, and waits for the first event", async () => {
    const answer = await answerTo(alice, secondRoom, "!connect github:second octo/hello");

    expect(answer).toContain("the registered account may not administer it (404), so somebody has to add a webhook there by hand.");
    expect(answer).toContain("More about it stands in our direct chat.");
    const instruction = bodyOf(await hear(alice, chat, `${second.gitHub.url}/octo/hello/settings/hooks/new`));
    const [, url = ""] = /Payload URL:\W*(http[^\s`]+)/.exec(instruction) ?? [];
    const [, secret = ""] = /Secret:[^`]*`([^`]+)`/.exec(instruction) ?? [];
    expect(new URL(url).pathname).toBe(`/github/webhook/integration-${second.id}`);
    expect(answer).not.toContain(secret);
    expect(await answerTo(alice, secondRoom, "!connections")).toContain("active, no event yet");

    second.gitHub.addWebhook({ url, secret });
    await second.gitHub.createIssue("octo/hello", "The slide rusts", "octo");

    await hear(alice, secondRoom, "The slide rusts");
    expect(await answerTo(alice, secondRoom, "!connections")).not.toContain("no event yet");
    expect(all.log.join("\n")).not.toContain(secret);
  });

  it("is not mixed up with the other: neither room heard anything of its neighbour's", async () => {
    await first.gitHub.setState("octo/hello", 1, "closed", "octo");
    await second.gitHub.setState("octo/hello", 1, "closed", "octo");
    await hear(alice, firstRoom, "closed issue");
    await hear(alice, secondRoom, "closed issue");

    expect((await said(alice, firstRoom)).join("\n")).not.toContain("The slide rusts");
    expect((await said(alice, secondRoom)).join("\n")).not.toContain("The swing squeaks");
  });

  it("speaks for itself alone, with its own secret", async () => {
    const [hook] = first.gitHub.repository("octo/hello").hooks;
    const { url, secret } = hook!;
    const repository = { id: 1, name: "hello", full_name: "octo/hello", owner: { login: "octo" } };
    const issue = { id: 2, number: 9, title: "Planted words", html_url: `${second.gitHub.url}/octo/hello/issues/9` };
    const payload = {
      ...{ issue, sender: { login: "octo" } },
      repository: { ...repository, html_url: `${second.gitHub.url}/octo/hello` },
    };
    const send = async (to: string, signedWith: string): Promise<number | undefined> =>
      (
        await sendGitHubWebhook(
          { url: to, secret: signedWith },
          { name: "issues.opened", payload, deliveryId: randomBytes(8).toString("hex") },
        )
      ).status;

    expect(await send(url, secret)).toBe(200);
    expect(await send(url, "another secret")).toBe(401);
    expect(await send(url.replace(/-\d+$/, `-${second.id}`), secret)).toBe(401);
    expect(await send(url.replace(/-\d+$/, "-999"), secret)).toBe(404);
    expect(await send(url.replace(/\/integration-\d+$/, ""), secret)).toBe(401);

    await second.gitHub.createIssue("octo/hello", "Behind it", "octo");
    await hear(alice, secondRoom, "Behind it");
    for (const roomId of [firstRoom, secondRoom]) expect((await said(alice, roomId)).join("\n")).not.toContain("Planted words");
  });

  it("has rooms where people's logins do not count", async () => {
    expect(await answerTo(alice, firstRoom, '!gh create "Oil the swing"')).toContain(
      `This room is connected to octo/hello at ${first.gitHub.url}, where nobody can log in through me.`,
    );
    expect(await answerTo(alice, chat, "github login")).toContain("No GitHub is configured here");
  });

  it("still counts after a restart, until it is removed", async () => {
    await all.restartSwitchboard();
    await first.gitHub.createIssue("octo/hello", "After the restart", "octo");
    await hear(alice, firstRoom, "After the restart");

    expect((await api("DELETE", `/${first.id}`)).status).toBe(200);

    await first.gitHub.createIssue("octo/hello", "Nobody listens", "octo");
    expect(first.gitHub.reports.at(-1)?.status).toBe(404);
    expect(await answerTo(alice, secondRoom, "!disconnect github octo/hello")).toContain("Disconnected from");
    expect(await connectionsIn(secondRoom)).toEqual([{ state_key: expect.any(String) as unknown, content: { disabled: true } }]);
  });
});
