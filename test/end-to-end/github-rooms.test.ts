import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerTo, bodyOf, bot, type EndToEnd } from "../support/end-to-end.js";
import { GitHubSide } from "../support/github-side.js";
import type { GitHubStandIn } from "../support/github-stand-in.js";
import type { ClientEvent, MatrixPerson } from "../support/matrix-client.js";

/*
 * Rooms that are one thing at GitHub, on a real Synapse: they come to be when somebody joins their alias or GitHub tells of a discussion,
 * ghosts speak in them, and what people say goes to GitHub as themselves.
 */

const issueType = "uk.half-shot.matrix-hookshot.github.issue";

let side: GitHubSide;
let all: EndToEnd;
let gitHub: GitHubStandIn;
/** Ada at GitHub. */
let alice: MatrixPerson;
let aliceChat: string;
/** Nobody at GitHub. */
let bob: MatrixPerson;

beforeAll(async () => {
  side = await GitHubSide.start();
  ({ all, gitHub } = side);
  [alice, bob] = await Promise.all([all.person("alice"), all.person("bob")]);
  aliceChat = await side.logIn(alice, "ada");
});

afterAll(() => side.stop());

async function joinAlias(person: MatrixPerson, localpart: string): Promise<string> {
  const alias = encodeURIComponent(`#${localpart}:localhost`);
  return (await person.call<{ room_id: string }>("POST", `/_matrix/client/v3/join/${alias}`, {})).room_id;
}

/** Waits for words that a ghost says. */
async function hearGhost(roomId: string, ghost: string, words: string): Promise<ClientEvent> {
  return alice.waitForEvent(roomId, (event) => event.sender === `@_github_${ghost}:localhost` && bodyOf(event).includes(words), {
    what: `"${words}" by ${ghost}`,
  });
}

async function messages(roomId: string): Promise<readonly string[]> {
  const events = (await alice.readTimeline(roomId, 500)).filter(({ type }) => type === "m.room.message");
  return events.map((event) => `${event.sender.replace(/:localhost$/, "")}: ${bodyOf(event)}`);
}

/** Waits until a state event of the room is so. */
async function stateOf(roomId: string, type: string, fits: (content: ClientEvent["content"]) => boolean): Promise<ClientEvent["content"]> {
  return (await alice.waitForEvent(roomId, (event) => event.type === type && fits(event.content), { what: `${type} of ${roomId}` }))
    .content;
}

describe("the room of an issue", () => {
  let roomId: string;
  let number: number;

  beforeAll(async () => {
    ({ number } = await gitHub.createIssue("octo/hello", "It squeaks", "ada", { body: "Loudly." }));
    await gitHub.comment("octo/hello", number, "Oil it, @ada", "bo");
    roomId = await joinAlias(alice, `github_octo_hello_${number}`);
  });

  it("comes to be when somebody joins its alias, with what was said so far by ghosts", async () => {
    await hearGhost(roomId, "ada", "Loudly.");
    const comment = await hearGhost(roomId, "bo", "Oil it");

    expect(comment.content).toMatchObject({
      msgtype: "m.text",
      body: "Oil it, [ada](https://matrix.to/#/@_github_ada:localhost)",
      "uk.half-shot.matrix-hookshot.github.comment": { id: expect.any(Number) },
    });
    const profile = await alice.call("GET", `/_matrix/client/v3/profile/${encodeURIComponent("@_github_bo:localhost")}`);
    expect(profile).toMatchObject({ displayname: "bo" });
    expect(await alice.getStateContent(roomId, "m.room.name", "")).toEqual({ name: `octo/hello#${number}: It squeaks` });
    expect(await alice.getStateContent(roomId, "m.room.topic", "")).toMatchObject({
      topic: `Status: open | ${gitHub.url}/octo/hello/issues/${number}`,
    });
    const stateKey = `${gitHub.url}/api/v3/repos/octo/hello/issues/${number}`;
    await stateOf(roomId, issueType, ({ comments_processed: count }) => count === 1);
    expect(await alice.getStateContent(roomId, issueType, stateKey)).toMatchObject({ issues: [String(number)], state: "open" });
  });

  it("is told new comments, and tells GitHub what people say, each once, also over a restart", async () => {
    await alice.sendText(roomId, "Which oil?");
    await expect
      .poll(() => gitHub.issue("octo/hello", number).comments.map(({ body }) => body), { timeout: 20_000 })
      .toContain("Which oil?");
    // GitHub's own word of it has come: it does not send again what nobody took.
    await stateOf(roomId, issueType, ({ comments_processed: count }) => count === 2);
    await all.restartSwitchboard();
    await gitHub.comment("octo/hello", number, "Any oil.", "bo");

    await hearGhost(roomId, "bo", "Any oil.");

    expect((await messages(roomId)).slice(-2)).toEqual(["@alice: Which oil?", "@_github_bo: Any oil."]);
    await stateOf(roomId, issueType, ({ comments_processed: count }) => count === 3);
  });

  it("marks what somebody says who is not logged in", async () => {
    await joinAlias(bob, `github_octo_hello_${number}`);
    const said = await bob.sendText(roomId, "Me too");

    const reaction = await alice.waitForEvent(roomId, (event) => event.type === "m.reaction" && event.sender === bot, {
      what: "a reaction",
    });

    expect(reaction.content["m.relates_to"]).toEqual({ rel_type: "m.annotation", event_id: said, key: "⚠️ Not bridged" });
    expect(gitHub.issue("octo/hello", number).comments.map(({ body }) => body)).not.toContain("Me too");
  });

  it("follows title and state", async () => {
    await gitHub.editTitle("octo/hello", number, "It creaks", "ada");
    await stateOf(roomId, "m.room.name", ({ name }) => name === `octo/hello#${number}: It creaks`);
    await gitHub.setState("octo/hello", number, "closed", "bo");

    const closed = await hearGhost(roomId, "bo", "closed the issue at ");

    expect(closed.content["msgtype"]).toBe("m.notice");
    await stateOf(roomId, "m.room.topic", ({ topic }) => String(topic).startsWith("Status: closed"));
  });

  it("is refused for what is private or not there", async () => {
    const hidden = await gitHub.createIssue("octo/secret", "Hidden", "octo");

    await expect(joinAlias(alice, `github_octo_secret_${hidden.number}`)).rejects.toMatchObject({ status: 404 });
    await expect(joinAlias(alice, "github_octo_hello_99999")).rejects.toMatchObject({ status: 404 });
  });
});

describe("discussions", () => {
  let spaceId: string;
  let firstRoomId: string;

  beforeAll(async () => {
    spaceId = await joinAlias(alice, "github_disc_octo_hello");
  });

  it("have a space, in which a new one gets a room by its author", async () => {
    const { number } = await gitHub.createDiscussion("octo/hello", "Where to?", "ada", "Ideas?");
    const child = await alice.waitForEvent(spaceId, ({ type }) => type === "m.space.child", { what: "a room in the space" });
    const roomId = await joinAlias(alice, `github_disc_octo_hello_${number}`);

    firstRoomId = roomId;
    expect(child.state_key).toBe(roomId);
    await hearGhost(roomId, "ada", "Ideas?");
    const state = await alice.getState(roomId);
    expect(state.find(({ type }) => type === "m.room.create")?.sender).toBe("@_github_ada:localhost");
    expect(await alice.getStateContent(roomId, "m.room.name", "")).toEqual({ name: "Where to? (octo/hello)" });
  });

  it("are spoken about on both sides", async () => {
    const { number, comments } = await gitHub.createDiscussion("octo/hello", "And when?", "bo", "Dates?");
    const isAnother = ({ type, state_key: child }: ClientEvent): boolean => type === "m.space.child" && child !== firstRoomId;
    await alice.waitForEvent(spaceId, isAnother, { what: "another room in the space" });
    const roomId = await joinAlias(alice, `github_disc_octo_hello_${number}`);
    await hearGhost(roomId, "bo", "Dates?");

    await alice.sendText(roomId, "On Monday");
    await expect
      .poll(() => comments.map(({ body, author }) => `${author.login}: ${body}`), { timeout: 20_000 })
      .toEqual(["ada: On Monday"]);
    await gitHub.commentOnDiscussion("octo/hello", number, "Or Tuesday", "bo");
    await hearGhost(roomId, "bo", "Or Tuesday");

    expect((await messages(roomId)).slice(-3)).toEqual(["@_github_bo: Dates?", "@alice: On Monday", "@_github_bo: Or Tuesday"]);
  });

  it("are opened by command, too", async () => {
    gitHub.addRepository("octo/quiet", { permissions: { ada: "read" } });
    const { number } = await gitHub.createDiscussion("octo/quiet", "Shh", "bo", "Quietly");

    expect(await answerTo(alice, aliceChat, `github discussion open octo quiet ${number}`)).toMatch(/^Opened /);

    const roomId = await alice.waitForInvite("@_github_bo:localhost");
    await alice.join(roomId);
    await hearGhost(roomId, "bo", "Quietly");
  });
});

describe("other aliases", () => {
  it("lead to a repository's room, which hears of it", async () => {
    const roomId = await joinAlias(alice, "github_octo_hello");

    await gitHub.createIssue("octo/hello", "Told everywhere", "bo");

    const heard = await alice.waitForEvent(roomId, (event) => bodyOf(event).includes("Told everywhere"), { what: "the issue" });
    expect(heard.sender).toBe(bot);
  });

  it("lead to an account's space, with the spaces of its repositories in it", async () => {
    const spaceId = await joinAlias(alice, "github_octo");

    const child = await alice.waitForEvent(spaceId, ({ type }) => type === "m.space.child", { what: "the space of discussions" });

    expect(child.state_key).toBe(await joinAlias(alice, "github_disc_octo_hello"));
    expect(await alice.getStateContent(spaceId, "m.room.create", "")).toMatchObject({ type: "m.space" });
  });
});

describe("notifications", () => {
  it("come to the direct chat once they are switched on, through the filter that is in use", async () => {
    const { number } = await gitHub.createIssue("octo/hello", "Look at this", "bo");
    const other = await gitHub.createIssue("octo/alone", "Not at this", "bo");
    expect(await answerTo(alice, aliceChat, "github notifications toggle")).toBe("Enabled GitHub notifcations");
    expect(await answerTo(alice, aliceChat, "filters set work repos:octo/hello")).toContain('Stored new filter "work"');
    expect(await answerTo(alice, aliceChat, "filters notifications toggle work")).toContain("is used");
    gitHub.notify("ada", "octo/alone", other.number);
    gitHub.notify("ada", "octo/hello", number);

    const told = await alice.waitForEvent(aliceChat, (event) => bodyOf(event).includes("Look at this"), { timeoutMs: 60_000 });

    expect(told.content).toMatchObject({ msgtype: "m.text", "uk.half-shot.matrix-hookshot.github.issue": { number } });
    expect((await messages(aliceChat)).join("\n")).not.toContain("Not at this");
    expect(await answerTo(alice, aliceChat, "github notifications toggle")).toBe("Disabled GitHub notifcations");
  }, 90_000);
});
