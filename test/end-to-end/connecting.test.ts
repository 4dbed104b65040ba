import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { accountDataPath, answerTo, bodyOf, bot, connectionType, EndToEnd, grantType, hear, said, type } from "../support/end-to-end.js";
import { JiraStandIn } from "../support/jira-stand-in.js";
import type { MatrixPerson } from "../support/matrix-client.js";

let all: EndToEnd;
let alice: MatrixPerson;

beforeAll(async () => {
  all = await EndToEnd.start();
  alice = await all.person("alice");
});

afterAll(() => all.stop());

function grantOf(roomId: string, url: string): Promise<unknown> {
  return all.asOurs("GET", accountDataPath(roomId, grantType(url)));
}

async function connectionsIn(roomId: string): Promise<readonly object[]> {
  const state = await alice.getState(roomId);
  return state.filter((event) => event.type === connectionType).map(({ sender, state_key, content }) => ({ sender, state_key, content }));
}

async function stateIds(roomId: string): Promise<readonly string[]> {
  return (await alice.getState(roomId)).map((event) => event.event_id);
}

async function reactionTo(eventId: string, roomId: string): Promise<unknown> {
  const reaction = await alice.waitForEvent(roomId, ({ type: eventType, content }) => {
    const relation = content["m.relates_to"];
    return eventType === "m.reaction" && typeof relation === "object" && JSON.stringify(relation).includes(eventId);
  });
  return reaction.content["m.relates_to"];
}

describe("connecting", () => {
  it.each([
    { form: "by key", typed: () => "!connect jira PLAY" },
    { form: "by a key in lower case", typed: () => "!connect jira play" },
    { form: "by instance and key", typed: () => "!connect jira:main PLAY" },
    { form: "by the project's address", typed: () => `!connect jira ${all.projectUrl()}` },
    { form: "by an address from the browser", typed: () => `!connect jira ${all.jira.url}/browse/PLAY-3?filter=1` },
  ])("$form writes state and grant, and the room hears the project", async ({ typed }) => {
    const roomId = await all.roomWithBot(alice);

    const answer = await answerTo(alice, roomId, typed());

    expect(answer).toBe(`Connected to Jira project PLAY at main (${all.jira.url}).`);
    const url = all.projectUrl();
    const content = { url, id: "10001", events: ["issue_created", "issue_updated"] };
    expect(await connectionsIn(roomId)).toEqual([{ sender: bot, state_key: url, content }]);
    expect(await grantOf(roomId, url)).toEqual({ granted: true });
    const { key } = await all.jira.createIssue("PLAY", "Heard");
    await hear(alice, roomId, `created a new JIRA issue [${key}]`);
  });

  it("by Hookshot's command writes what Hookshot writes, and answers as it does", async () => {
    const roomId = await all.roomWithBot(alice);
    const typed = `!hookshot jira project ${all.projectUrl()}`;

    const answer = await type(alice, roomId, typed);

    expect(bodyOf(answer)).toBe("Room configured to bridge Jira project PLAY.");
    const asked = (await alice.readTimeline(roomId)).find((event) => bodyOf(event) === typed);
    expect(await reactionTo(asked!.event_id, roomId)).toEqual({ rel_type: "m.annotation", event_id: asked!.event_id, key: "✅" });
    const url = all.projectUrl();
    expect(await connectionsIn(roomId)).toEqual([{ sender: bot, state_key: url, content: { url, id: "10001" } }]);
    expect(await grantOf(roomId, url)).toEqual({ granted: true });
  });

  it("takes options", async () => {
    const roomId = await all.roomWithBot(alice);

    await answerTo(alice, roomId, "!connect jira PLAY events=issue_updated,version_created");

    expect(await connectionsIn(roomId)).toMatchObject([{ content: { events: ["issue_updated", "version_created"] } }]);
    const { key } = await all.jira.createIssue("PLAY", "Not told");
    await all.jira.updateIssue(key, { status: "Done" });
    await hear(alice, roomId, `updated JIRA [${key}]`);
    expect((await said(alice, roomId)).join("\n")).not.toContain("created a new JIRA issue");
  });

  it("a second time is reported, and changes nothing", async () => {
    const roomId = await all.roomWithBot(alice);
    await answerTo(alice, roomId, "!connect jira PLAY");
    const before = await stateIds(roomId);

    const again = await answerTo(alice, roomId, `!connect jira:main ${all.projectUrl()}`);
    const hookshots = await answerTo(alice, roomId, `!hookshot jira project ${all.projectUrl()}`);

    expect(again).toBe(`This room is already connected to Jira project PLAY at main (${all.jira.url}). Nothing was changed.`);
    expect(hookshots).toBe("Room configured to bridge Jira project PLAY.");
    expect(await stateIds(roomId)).toEqual(before);
  });

  it("to a project that an older type and another key hold already is reported, and !disconnect ends that one", async () => {
    const roomId = await all.roomWithBot(alice);
    const url = all.projectUrl().replace("http://", "https://").toLowerCase();
    await alice.sendState(roomId, "uk.half-shot.matrix-github.jira.project", "my-test", { url });

    expect(await answerTo(alice, roomId, "!connect jira PLAY")).toContain("This room is already connected to Jira project PLAY");
    expect(await connectionsIn(roomId)).toEqual([]);

    expect(await answerTo(alice, roomId, "!disconnect jira PLAY")).toContain("Disconnected from Jira project");
    expect(await alice.getStateContent(roomId, "uk.half-shot.matrix-github.jira.project", "my-test")).toEqual({ disabled: true });
    expect(await answerTo(alice, roomId, "!connections")).toContain("This room has no connections.");
  });

  it("to a project that does not exist is refused by its name, and nothing is written", async () => {
    const roomId = await all.roomWithBot(alice);

    const own = await answerTo(alice, roomId, "!connect jira NOPE");
    const hookshots = await type(alice, roomId, `!hookshot jira project ${all.projectUrl("NOPE")}`);

    expect(own).toContain("There is no project NOPE at main");
    expect(bodyOf(hookshots)).toBe("Failed to handle command: Requested project was not found");
    expect(await connectionsIn(roomId)).toEqual([]);
  });

  it.each([
    { typed: "!connect", answer: "Say what to connect, like this: `!connect jira <resource>`." },
    { typed: "!connect jira", answer: "Say what of Jira to connect" },
    { typed: "!connect jira PLAY-1", answer: "`PLAY-1` is an issue; a room is connected to its project, `PLAY`." },
    { typed: "!connect jira:other PLAY", answer: "There is no Jira called `other` here. Known: main" },
    { typed: "!connect jira https://elsewhere.example/projects/PLAY", answer: "No Jira at elsewhere.example is set up." },
    { typed: "!connect jira PLAY evnets=issue_created", answer: "Jira project has no option evnets. Did you mean events" },
    { typed: "!connect gitlab group/project", answer: "This version cannot connect GitLab yet. Enabled: `jira`." },
    { typed: "!connect jirra PLAY", answer: 'There is no service called "jirra" here. Enabled: `jira`.' },
    { typed: "!disconnect jira PLAY", answer: "This room is not connected to Jira `PLAY`. Nothing was changed." },
    { typed: "!hookshot jira project", answer: "Failed to handle command: Missing at least one required parameter." },
    { typed: "!hookshot jira project PLAY", answer: "Failed to handle command: The JIRA project url you entered was not valid." },
    {
      typed: "!hookshot jira remove project https://jira.example/projects/PLAY",
      answer: 'Failed to handle command: Feed "https://jira.example/projects/PLAY" is not currently bridged to this room',
    },
    { typed: "!hookshot jira list project", answer: "Not connected to any JIRA projects" },
  ])("says what is wrong with `$typed`", async ({ typed, answer }) => {
    const roomId = await all.roomWithBot(alice);

    expect(await answerTo(alice, roomId, typed)).toContain(answer);
    expect(await connectionsIn(roomId)).toEqual([]);
  });
});

describe("a connected room", () => {
  it("is listed by our command and by Hookshot's", async () => {
    const roomId = await all.roomWithBot(alice);
    await answerTo(alice, roomId, "!connect jira PLAY");
    const { key } = await all.jira.createIssue("PLAY", "Delivered");
    await hear(alice, roomId, `[${key}]`);

    const own = await answerTo(alice, roomId, "!connections");
    const hookshots = await type(alice, roomId, "!hookshot jira list project");

    expect(own).toMatch(
      new RegExp(`^This room is connected to:\n\n- Jira project \\[PLAY\\]\\(${all.projectUrl()}\\): active, last delivery `),
    );
    expect(bodyOf(hookshots)).toBe(`Currently connected to these JIRA projects:\n\n * ${all.projectUrl()}`);
    expect(hookshots.content["formatted_body"]).toContain("<li>");
  });

  it.each([
    {
      by: "!disconnect",
      typed: () => "!disconnect jira PLAY",
      written: { disabled: true },
      answer: (): string => "Disconnected from Jira project [PLAY]",
    },
    {
      by: "Hookshot's command",
      typed: () => `!hookshot jira remove project ${all.projectUrl()}`,
      written: {},
      answer: (): string => `Room no longer bridged to Jira project ${all.projectUrl()}.`,
    },
  ])("hears nothing more after it was disconnected by $by", async ({ typed, written, answer }) => {
    const [roomId, other] = [await all.roomWithBot(alice), await all.roomWithBot(alice)];
    await answerTo(alice, roomId, "!connect jira PLAY");
    await answerTo(alice, other, "!connect jira PLAY");

    const answered = await answerTo(alice, roomId, typed());

    expect(answered).toContain(answer());
    expect(await alice.getStateContent(roomId, connectionType, all.projectUrl())).toEqual(written);
    expect(await grantOf(roomId, all.projectUrl())).toEqual({ granted: false });
    const { key } = await all.jira.createIssue("PLAY", "For the other room only");
    await hear(alice, other, `[${key}]`);
    expect(await answerTo(alice, roomId, "!connections")).toContain("This room has no connections.");
    expect((await said(alice, roomId)).join("\n")).not.toContain(`[${key}]`);
  });

  it("can be connected again", async () => {
    const roomId = await all.roomWithBot(alice);
    await answerTo(alice, roomId, "!connect jira PLAY");
    await answerTo(alice, roomId, "!disconnect jira PLAY");

    expect(await answerTo(alice, roomId, "!connect jira PLAY")).toContain("Connected to Jira project PLAY");

    const { key } = await all.jira.createIssue("PLAY", "Heard again");
    await hear(alice, roomId, `[${key}]`);
  });
});

describe("help", () => {
  it("is given to whoever may connect something, without power in the room", async () => {
    const bob = await all.person("bob");
    const roomId = await all.roomWithBot(alice, { botPower: 0, invite: [bob.userId] });
    await bob.join(roomId);

    const help = await type(bob, roomId, "!hookshot help");

    expect(bodyOf(help)).toContain("`!hookshot help` - This help text\n");
    expect(bodyOf(help)).toContain("`!hookshot jira project <url>`");
    expect(await answerTo(bob, roomId, "!switchboard help")).toContain("`!disconnect <service> <resource>`");
  });
});

describe("with other instances", () => {
  afterEach(() => all.restartSwitchboard({ jira: jiraSection(all.secrets.jiraToken) }));

  function jiraSection(token: string | undefined, more: object = {}): object {
    const credential = token === undefined ? {} : { credential: { token } };
    return {
      webhook: { secret: all.secrets.jiraSecret },
      instances: { main: { url: all.jira.url, deployment: "server", ...credential }, ...more },
    };
  }

  it("a key that two of them have is not guessed: both are listed", async () => {
    const second = await JiraStandIn.start({ deployment: "server", credential: { token: "second-token" }, contextPath: "/jira" });
    second.addProject("PLAY");
    const spare = { url: second.url, deployment: "server", credential: { token: "second-token" } };
    await all.restartSwitchboard({ jira: jiraSection(all.secrets.jiraToken, { spare }) });
    const roomId = await all.roomWithBot(alice);

    const listed = await answerTo(alice, roomId, "!connect jira PLAY");
    const nothingWritten = await connectionsIn(roomId);
    const chosen = await answerTo(alice, roomId, "!connect jira:spare PLAY");
    const both = await answerTo(alice, roomId, "!connect jira:main PLAY");
    const notGuessed = await answerTo(alice, roomId, "!disconnect jira PLAY");

    expect(listed).toContain("`!connect jira:main PLAY`");
    expect(listed).toContain("`!connect jira:spare PLAY`");
    expect(nothingWritten).toEqual([]);
    expect(chosen).toBe(`Connected to Jira project PLAY at spare (${second.url}).`);
    expect(both).toBe(`Connected to Jira project PLAY at main (${all.jira.url}).`);
    expect(notGuessed).toContain("Several connections fit `PLAY`. Nothing was changed");
    expect(await connectionsIn(roomId)).toHaveLength(2);
    await second.stop();
  });

  it("without any credential the answer says what to do", async () => {
    await all.restartSwitchboard({ jira: jiraSection(undefined) });
    const roomId = await all.roomWithBot(alice);

    const own = await answerTo(alice, roomId, "!connect jira PLAY");
    const hookshots = await answerTo(alice, roomId, `!hookshot jira project ${all.projectUrl()}`);

    expect(own).toContain("You are not logged into Jira.");
    expect(own).toContain("`jira.instances.main.credential`");
    expect(hookshots).toContain(
      "Failed to handle command: You are not logged into Jira. Start a DM with this bot and use the command `jira login`.",
    );
    expect(await connectionsIn(roomId)).toEqual([]);
  });

  it.each([
    { state: "refuses the credential", fault: undefined, answer: "does not accept the credential (401)." },
    { state: "is down", fault: { kind: "status", status: 503 } as const, answer: "failed (503). Try again later." },
    { state: "hangs up", fault: { kind: "cut" } as const, answer: "gave no answer" },
  ])("a Jira that $state is said to, and nothing is written", async ({ fault, answer }) => {
    await all.restartSwitchboard({ jira: jiraSection(fault === undefined ? "wrong-token" : all.secrets.jiraToken) });
    const roomId = await all.roomWithBot(alice);
    all.jira.failWith(fault);

    const answered = await answerTo(alice, roomId, "!connect jira PLAY");

    all.jira.failWith(undefined);
    expect(answered).toContain(answer);
    expect(answered).not.toContain("wrong-token");
    expect(await connectionsIn(roomId)).toEqual([]);
  });
});
