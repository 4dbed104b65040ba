import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerTo, bodyOf, EndToEnd, said, type } from "../support/end-to-end.js";
import type { StandInDeployment } from "../support/jira-accounts.js";
import type { ClientEvent, MatrixPerson } from "../support/matrix-client.js";
import { people, TwoJiras, type JiraSide } from "../support/two-jiras.js";

interface Relation {
  readonly event_id?: string;
  readonly key?: string;
}

let all: EndToEnd;
let jiras: TwoJiras;
let alice: MatrixPerson;
let bob: MatrixPerson;
let aliceChat: string;

beforeAll(async () => {
  all = await EndToEnd.start();
  jiras = await TwoJiras.start(all);
  [alice, bob] = await Promise.all([all.person("alice"), all.person("bob")]);
  aliceChat = await all.directChat(alice);
});

afterAll(async () => {
  await jiras.stop();
  await all.stop();
});

/** A room that hears nothing of issues, so that what the bot says is answers. */
async function roomOf(person: MatrixPerson, side: JiraSide): Promise<string> {
  const roomId = await all.roomWithBot(person);
  expect(await answerTo(person, roomId, `!connect jira:${side.name} PLAY events=version_released`)).toContain("Connected to");
  return roomId;
}

/** What the bot reacted to an event with. */
async function reactionTo(person: MatrixPerson, roomId: string, eventId: string): Promise<unknown> {
  const relationOf = ({ content }: ClientEvent): Relation => content["m.relates_to"] ?? {};
  const fits = (event: ClientEvent): boolean => event.type === "m.reaction" && relationOf(event).event_id === eventId;
  return relationOf(await person.waitForEvent(roomId, fits, { what: "a reaction" })).key;
}

const ways = (["server", "cloud"] as const).flatMap((deployment) => [
  { deployment, way: "with a login of one's own", isOwn: true },
  { deployment, way: "through the credential", isOwn: false },
]);

describe.each(ways)("on $deployment, $way", ({ deployment, isOwn }) => {
  let side: JiraSide;
  let person: MatrixPerson;
  let roomId: string;

  beforeAll(async () => {
    side = jiras.side(deployment);
    await jiras.configure(isOwn ? {} : { commands: true });
    person = isOwn ? alice : bob;
    if (isOwn) expect(await answerTo(alice, aliceChat, side.tokenCommand)).not.toContain("Failed");
    roomId = await roomOf(person, side);
  });

  /** Types a command, and sees that it was not refused. */
  async function command(typed: string): Promise<string> {
    const answer = await answerTo(person, roomId, `!jira ${typed}`);
    expect(answer).not.toContain("Failed to handle command");
    return answer;
  }

  async function newIssue(summary = "Something"): Promise<string> {
    return (await side.jira.createIssue("PLAY", summary, people.bob)).key;
  }

  function actorThere(): string {
    return isOwn ? people.alice : side.credentialName;
  }

  it("create takes the rest of the line as the title, and reacts", async () => {
    const typed = "!jira create Bug it's broken, isn't it";

    const answer = await command("create Bug it's broken, isn't it");

    const key = side.jira.changes.at(-1)?.key ?? "";
    expect(answer).toContain(`Created JIRA issue ${key}: [${side.jira.url}/browse/${key}](${side.jira.url}/browse/${key})`);
    const { summary, type: issueType, creator } = side.jira.issue(key);
    expect([summary, issueType.name, creator.displayName]).toEqual(["it's broken, isn't it", "Bug", actorThere()]);
    const asked = await person.waitForEvent(roomId, (event) => bodyOf(event) === typed);
    expect(await reactionTo(person, roomId, asked.event_id)).toBe("✅");
  });

  it("create takes title, description and labels in quotes, as text", async () => {
    const description = "First *line* {code} [evil|https://evil.example] _x_ ||a|| @room \\\\ h1. end";

    await command(`create "User story" "The title" '${description}' red,blue`);

    const key = side.jira.changes.at(-1)?.key ?? "";
    expect(side.jira.issue(key)).toMatchObject({ summary: "The title", labels: ["red", "blue"], type: { name: "User story" } });
    const read = side.jira.descriptionOf(key);
    expect(read).toMatchObject({ mentions: [], formatting: [] });
    expect(read?.text).toContain("First *line* {code} [evil|https://evil.example] _x_ ||a|| @room");
    // The credential's account did not think of it: the issue names who did.
    expect(read?.text.includes("@bob:localhost")).toBe(!isOwn);
  });

  it("create without a description names the person only where the credential acts", async () => {
    await command("create task Just a title");

    const key = side.jira.changes.at(-1)?.key ?? "";
    expect(side.jira.descriptionOf(key)?.text.includes("@bob:localhost") ?? false).toBe(!isOwn);
  });

  it("issue-types lists what can be made", async () => {
    expect(await command("issue-types")).toMatch(/^Issue types: Task, Bug, User story/);
  });

  it("view shows the issue", async () => {
    const issue = await side.jira.createIssue("PLAY", "A *lamp* [flickers](https://evil.example)", people.bob, {
      description: "In the hall",
    });
    await side.jira.updateIssue(issue.key, { assignee: people.second });

    const answer = await type(person, roomId, `!jira view ${issue.key.toLowerCase()}`);

    for (const words of [issue.key, "A *lamp*", "To Do", people.second, "In the hall", `${side.jira.url}/browse/${issue.key}`]) {
      expect(bodyOf(answer).replaceAll("\\", "")).toContain(words);
    }
    expect(answer.content["formatted_body"]).not.toContain('href="https://evil.example');
  });

  it("view takes an address from the browser", async () => {
    const key = await newIssue("By its address");

    expect(await command(`view ${side.jira.url}/browse/${key}`)).toContain("By its address");
  });

  it("comment adds the rest of the line as text", async () => {
    const key = await newIssue();
    const text = `it's *not* {quote} "done" [text|https://evil.example] !x.png! -- said`;

    await command(`comment ${key} ${text}`);

    const [comment] = side.jira.commentsOf(key);
    expect(comment).toMatchObject({ author: actorThere(), mentions: [], formatting: [] });
    expect(comment?.text).toContain(text);
    expect(comment?.text.includes("@bob:localhost")).toBe(!isOwn);
  });

  it("comment mentions whom it is typed to", async () => {
    const key = await newIssue();
    const { accountId } = side.jira.addAccount({ name: `carol-${isOwn ? 1 : 2}` });
    const [typed, mentioned] = deployment === "cloud" ? [`[~accountid:${accountId}]`, accountId] : ["[~bob]", "bob"];

    await command(`comment ${key} ${typed} please look, not \\[~alice\\]`);

    expect(side.jira.commentsOf(key)[0]?.mentions).toEqual([mentioned]);
  });

  it("transition takes a status or the name of a move", async () => {
    const key = await newIssue();

    await command(`transition ${key} in progress`);
    const between = side.jira.issue(key).status;
    await command(`transition ${key} Resolve`);

    expect([between, side.jira.issue(key).status]).toEqual(["In Progress", "Done"]);
    expect(side.jira.changes.at(-1)).toEqual({ key, what: "moved on", by: actorThere() });
  });

  it("assign finds the person by name", async () => {
    const key = await newIssue();

    await command(`assign ${key} ${people.bob}`);

    expect(side.jira.issue(key).assignee?.displayName).toBe(people.bob);
    expect(side.jira.changes.at(-1)).toEqual({ key, what: "assigned", by: actorThere() });
  });

  it("search finds text, whatever signs are in it", async () => {
    const word = `lantern${isOwn ? "own" : "shared"}`;
    const key = await newIssue(`A (${word}) "hangs" there: all+of-it`);
    await newIssue("Something else");

    for (const typed of [word, `(${word}) "hangs"`, `${word} there: all+of-it`]) {
      const answer = await command(`search ${typed}`);
      expect(answer).toContain(key);
      expect(answer).not.toContain("Something else");
    }
  });

  it("search jql takes a query, ordered as it says", async () => {
    const first = await newIssue("Ordered, a");
    const second = await newIssue("Ordered, b");

    const answer = await command(`search jql summary ~ "ordered" AND key in (${first}, ${second}) ORDER BY summary DESC`);

    expect(answer.indexOf(second)).toBeGreaterThan(-1);
    expect(answer.indexOf(first)).toBeGreaterThan(answer.indexOf(second));
  });

  it("a project's key in front picks its connection", async () => {
    await command("create PLAY Task Picked by its key");

    expect(side.jira.issue(side.jira.changes.at(-1)?.key ?? "").summary).toBe("Picked by its key");
  });

  it("help lists the commands", async () => {
    const answer = await command("help");

    for (const name of ["create", "issue-types", "view", "comment", "transition", "assign", "search", "search jql", "help"]) {
      expect(answer).toContain(`!jira ${name}`);
    }
  });
});

describe.each(["server", "cloud"] as const)(
  "on %s, without a login and without `commands` at the credential",
  (deployment: StandInDeployment) => {
    let side: JiraSide;
    let roomId: string;
    let key: string;

    beforeAll(async () => {
      side = jiras.side(deployment);
      await jiras.configure({});
      roomId = await roomOf(bob, side);
      ({ key } = await side.jira.createIssue("PLAY", "Not for strangers", people.alice));
    });

    it.each([
      "create Task No",
      "issue-types",
      "view KEY",
      "comment KEY No",
      "transition KEY Done",
      "assign KEY Bob Baker",
      "search strangers",
      "search jql project = PLAY",
    ])("%s is refused with the remedy, and Jira hears nothing of it", async (typed) => {
      const [requests, changes] = [side.jira.requests.length, side.jira.changes.length];

      const answer = await answerTo(bob, roomId, `!jira ${typed.replace("KEY", key)}`);

      expect(answer).toContain("Failed to handle command: You are not logged in");
      expect(answer).toContain(`jira token ${side.name} `);
      expect([side.jira.requests.length, side.jira.changes.length]).toEqual([requests, changes]);
    });

    it("the refusal holds where there is no credential at all", async () => {
      await jiras.configure({ hasCredential: false });

      const answer = await answerTo(bob, roomId, `!jira view ${key}`);

      expect(answer).toContain("You are not logged in");
      expect((await said(bob, roomId)).join("\n")).not.toContain("Not for strangers");
    });
  },
);

describe("in the direct chat", () => {
  let chat: string;
  let carol: MatrixPerson;

  beforeAll(async () => {
    await jiras.configure({});
    carol = await all.person("carol");
    chat = await all.directChat(carol);
  });

  it.each(["server", "cloud"] as const)("a token of %s is tried before it is kept", async (deployment) => {
    const side = jiras.side(deployment);
    const wrong = side.tokenCommand.replace(side.aliceToken, "planted-but-wrong");

    const refused = await answerTo(carol, chat, wrong);
    const before = await answerTo(carol, chat, "jira whoami");
    const taken = await answerTo(carol, chat, side.tokenCommand);
    const after = await answerTo(carol, chat, "jira whoami");

    expect(refused).not.toContain("planted-but-wrong");
    expect(refused).toMatch(/401|not accept|could not authenticate/i);
    expect(before).not.toContain(side.name);
    expect(taken).toContain(people.alice);
    expect(after).toContain(people.alice);
    expect(after).toContain(side.name);
  });

  it("Cloud asks for the e-mail address, and says so", async () => {
    const { name, aliceToken } = jiras.cloud;

    const answer = await answerTo(carol, chat, `jira token ${name} ${aliceToken}`);

    expect(answer).toMatch(/e-?mail/i);
    expect(answer).not.toContain(aliceToken);
  });

  it("a Jira that nobody set up is named, with those that there are", async () => {
    const answer = await answerTo(carol, chat, "jira token nowhere planted-elsewhere");

    expect(answer).toContain("nowhere");
    expect(answer).toContain("main");
    expect(answer).not.toContain("planted-elsewhere");
  });

  it("logout forgets at once", async () => {
    const roomId = await roomOf(carol, jiras.server);
    expect(await answerTo(carol, roomId, "!jira issue-types")).toContain("Issue types:");

    const left = await answerTo(carol, chat, "jira logout");

    expect(left).toContain("unlinked");
    expect(await answerTo(carol, roomId, "!jira issue-types")).toContain("You are not logged in");
    expect(await answerTo(carol, chat, "jira whoami")).toContain("You are not logged into JIRA.");
    expect(await answerTo(carol, chat, "jira logout")).toContain("No JIRA account was linked to your Matrix user.");
  });
});
