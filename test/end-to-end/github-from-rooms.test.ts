import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerTo, EndToEnd, hear, said } from "../support/end-to-end.js";
import { GitHubStandIn } from "../support/github-stand-in.js";
import type { ClientEvent, MatrixPerson } from "../support/matrix-client.js";

const webhookSecret = "planted-github-webhook-secret";

let all: EndToEnd;
let gitHub: GitHubStandIn;
let alice: MatrixPerson;
let chat: string;
let roomId: string;

beforeAll(async () => {
  gitHub = await GitHubStandIn.start();
  for (const login of ["octo", "ada", "bo"]) gitHub.addAccount(login);
  gitHub.addRepository("octo/hello", { permissions: { ada: "write" }, workflows: ["Build"] });
  gitHub.addRepository("octo/other", { permissions: { ada: "write" } });
  await gitHub.install("octo", ["hello"]);
  const auth = { id: gitHub.app.id, privateKey: gitHub.app.privateKey };
  all = await EndToEnd.start({ sections: { github: { enterpriseUrl: gitHub.url, auth, webhook: { secret: webhookSecret } } } });
  gitHub.addWebhook({ url: `http://127.0.0.1:${all.installation.webhookPort}/github/webhook`, secret: webhookSecret });
  alice = await all.person("alice");
  chat = await all.directChat(alice);
  roomId = await all.roomWithBot(alice);
});

afterAll(async () => {
  await gitHub.stop();
  await all.stop();
});

interface Relation {
  readonly event_id?: string;
  readonly key?: string;
}

/** Types something and gives what the bot reacted to it with. */
async function reactionTo(text: string): Promise<unknown> {
  const asked = await alice.sendText(roomId, text);
  const relationOf = ({ content }: ClientEvent): Relation => content["m.relates_to"] ?? {};
  const fits = (event: ClientEvent): boolean => event.type === "m.reaction" && relationOf(event).event_id === asked;
  return relationOf(await alice.waitForEvent(roomId, fits, { what: `a reaction to ${text}` })).key;
}

describe("a room and GitHub", () => {
  it("is not connected by who is not logged in", async () => {
    expect(await answerTo(alice, roomId, "!connect github octo/hello")).toContain("You are not logged into GitHub.");
    expect(await answerTo(alice, chat, "github status")).toBe("You are not authenticated, please login.");
  });

  it("takes a token in the direct chat, and removes the message", async () => {
    expect(await answerTo(alice, chat, "github setpersonaltoken ghp_wrong")).toContain("Could not authenticate with GitHub.");
    expect(await answerTo(alice, chat, "github setpersonaltoken ghp_ada_token")).toContain("Connected as ada. Token stored.");
    expect(await answerTo(alice, chat, "github status")).toBe("You are logged in as ada");

    const timeline = JSON.stringify(await alice.readTimeline(chat, 100));
    expect(timeline).not.toContain("ghp_ada_token");
    expect(all.log.join("")).not.toContain("ghp_ada_token");
  });

  it("is connected where the App is installed, and led to its page elsewhere", async () => {
    expect(await answerTo(alice, roomId, "!connect github octo/other")).toContain(`${gitHub.url}/apps/switchboard/installations/new`);
    expect(await answerTo(alice, roomId, "!connect github octo/hello")).toContain("octo/hello");
  });

  it("hears of an issue that is made from it", async () => {
    expect(await reactionTo("!gh create Oil the swing")).toBe("Issue #1");

    await hear(alice, roomId, `📥 **ada** created new issue [octo/hello#1](${gitHub.url}/octo/hello/issues/1): "Oil the swing"`);
  });

  it("assigns, closes and starts workflows", async () => {
    expect(await reactionTo("!gh assign 1 octo")).toBe("✅");
    expect(await reactionTo("!gh close 1 Oiled it's fine now")).toBe("✅");
    await alice.sendText(roomId, "!gh workflow run build");
    await hear(alice, roomId, "Workflow started.");

    expect(gitHub.issue("octo/hello", 1)).toMatchObject({ state: "closed", comments: [{ body: "Oiled it's fine now" }] });
    expect(gitHub.repository("octo/hello").workflows[0]?.runs).toHaveLength(1);
  });

  it("links issues that are named, and carries reactions over", async () => {
    await gitHub.createIssue("octo/hello", "Grease the slide", "octo");
    const message = await hear(alice, roomId, "Grease the slide");

    await alice.sendText(roomId, "what about #2 ?");
    await hear(alice, roomId, `Issue [#2](${gitHub.url}/octo/hello/issues/2): Grease the slide (open)`);
    const reacted = gitHub.carriedOut(/^POST .*\/issues\/2\/reactions$/);
    await alice.send(roomId, "m.reaction", { "m.relates_to": { rel_type: "m.annotation", event_id: message.event_id, key: "👍" } });
    await reacted;

    expect(gitHub.issue("octo/hello", 2).reactions).toEqual([{ content: "+1", by: "ada" }]);
  });

  it("reviews by a modern reply", async () => {
    await gitHub.createPull("octo/hello", "Add oil", "octo");
    const message = await hear(alice, roomId, "Add oil");

    const reviewed = gitHub.carriedOut(/^POST .*\/pulls\/3\/reviews$/);
    const content = { msgtype: "m.text", body: "✅ well done", "m.relates_to": { "m.in_reply_to": { event_id: message.event_id } } };
    await alice.send(roomId, "m.room.message", content);
    await reviewed;

    expect(gitHub.issue("octo/hello", 3).pull?.reviews).toMatchObject([{ event: "APPROVE", body: "well done" }]);
    await hear(alice, roomId, "approved");
  });

  it("tells who logged out what to do", async () => {
    expect(await answerTo(alice, chat, "github logout")).toContain("Your GitHub token is forgotten.");
    expect(await answerTo(alice, roomId, "!gh close 2")).toContain("Failed to handle command: You are not logged in.");
  });

  it("is disconnected by the address", async () => {
    expect(await answerTo(alice, roomId, `!hookshot github remove ${gitHub.url}/octo/hello`)).toBe(
      `Room no longer bridged to GitHub repository ${gitHub.url}/octo/hello.`,
    );

    await gitHub.createIssue("octo/hello", "Nobody hears this", "octo");
    expect(await answerTo(alice, roomId, "!connections")).not.toContain("octo/hello");
    expect((await said(alice, roomId)).join("\n")).not.toContain("Nobody hears this");
  });
});
