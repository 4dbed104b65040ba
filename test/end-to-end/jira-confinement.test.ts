import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerTo, EndToEnd, type } from "../support/end-to-end.js";
import type { MatrixPerson } from "../support/matrix-client.js";
import { people, TwoJiras, type JiraSide } from "../support/two-jiras.js";

/** Stands in every issue of OPS, and people search for it. */
const secretWord = "crownjewels";
/** What only an answer about an issue of OPS has. */
const leaked = /Secret|Went away/;

let all: EndToEnd;
let jiras: TwoJiras;
let bob: MatrixPerson;

beforeAll(async () => {
  all = await EndToEnd.start();
  jiras = await TwoJiras.start(all, { commands: true });
  bob = await all.person("bob");
});

afterAll(async () => {
  await jiras.stop();
  await all.stop();
});

describe.each(["server", "cloud"] as const)("through the credential on %s, a room connected to PLAY", (deployment) => {
  let side: JiraSide;
  let roomId: string;
  let moved: string;

  beforeAll(async () => {
    side = jiras.side(deployment);
    const { jira } = side;
    await jira.createIssue("OPS", `Secret ${secretWord} one`, people.bob, { description: secretWord });
    await jira.createIssue("OPS", `Secret ${secretWord} two`, people.bob);
    await jira.createIssue("PLAY", "Open one", people.bob);
    ({ key: moved } = await jira.createIssue("PLAY", `Went away ${secretWord}`, people.bob));
    await jira.moveIssue(moved, "OPS");
    roomId = await all.roomWithBot(bob);
    await answerTo(bob, roomId, `!connect jira:${side.name} PLAY events=version_released`);
  });

  /** All that the answer says. */
  async function shownBy(typed: string): Promise<string> {
    const { content } = await type(bob, roomId, typed);
    return JSON.stringify(content);
  }

  async function changesToOps(run: () => Promise<void>): Promise<readonly unknown[]> {
    const before = side.jira.changes.length;
    await run();
    return side.jira.changes.slice(before).filter(({ key }) => key.startsWith("OPS-"));
  }

  it("reaches its own issues: the tricks below do not fail for another reason", async () => {
    expect(await shownBy("!jira view PLAY-1")).toContain("Open one");
    expect(await shownBy('!jira search jql summary ~ "open" OR status = "To Do" ORDER BY key')).toContain("Open one");
  });

  it.each([
    "view OPS-1",
    "view ops-1",
    "comment OPS-1 Hello",
    "transition OPS-1 In Progress",
    "assign OPS-1 Bob Baker",
    "create OPS Task Planted",
    'create OPS Bug "Planted" "there" red',
    "issue-types OPS",
    "view MOVED",
    "comment MOVED Hello",
    "transition MOVED In Progress",
    "assign MOVED Bob Baker",
    "view PLAY-1/../OPS-1",
    "view PLAY-1%2F..%2FOPS-1",
    "view PLAY-1?x=/OPS-1",
    "view JIRA/browse/OPS-1",
    "view JIRA/browse/PLAY-1/../OPS-1",
    "comment JIRA/browse/OPS-1 Hello",
    "view 10005",
  ])("%s shows and changes nothing of OPS", async (pattern) => {
    const typed = `!jira ${pattern.replace("MOVED", moved).replace("JIRA", side.jira.url)}`;
    let shown = "";

    const changes = await changesToOps(async () => {
      shown = await shownBy(typed);
    });

    expect(shown).not.toMatch(leaked);
    expect(changes).toEqual([]);
  });

  it.each(["view OPS-1", "comment OPS-1 Hello", "transition OPS-1 Done", "assign OPS-1 Bob Baker"])(
    "%s is refused by the key's name, before Jira is asked",
    async (typed) => {
      const before = side.jira.requests.length;

      const answer = await answerTo(bob, roomId, `!jira ${typed}`);

      expect(answer).toContain("Failed to handle command: ");
      expect(answer).toContain("OPS");
      expect(side.jira.requests).toHaveLength(before);
    },
  );

  it.each([
    "project = OPS",
    "project in (OPS, PLAY)",
    "project = PLAY OR project = OPS",
    "project != PLAY",
    "NOT project = PLAY",
    "a) OR (project = OPS",
    "assignee is EMPTY) OR (project = OPS",
    "assignee is EMPTY) OR project = OPS OR (assignee is EMPTY",
    "assignee is EMPTY)) OR ((project = OPS",
    "assignee is EMPTY OR project = OPS ORDER BY key",
    "assignee is EMPTY ORDER BY key) OR (project = OPS",
    "ORDER BY key",
    "assignee is EMPTY ORDER BY key ASC, project DESC",
    "(assignee is EMPTY ORDER BY key)",
    'summary ~ "x\\") OR (project = OPS) OR (summary ~ \\"x"',
    "summary ~ 'x') OR (project = OPS) OR (summary ~ 'x'",
    "summary ~ \"x\" OR summary ~ '\"' OR project = OPS OR summary ~ '\"'",
    `summary ~ "'" OR project = OPS OR summary ~ "'"`,
    'summary ~ "x\\\\") OR (project = OPS',
    'summary ~ x\\" OR project = OPS',
    "assignee is EMPTY /* ) OR (project = OPS */",
    "assignee is EMPTY -- ) OR (project = OPS",
    "assignee is EMPTY // ) OR (project = OPS",
    "assignee is EMPTY # ) OR (project = OPS",
    "assignee is EMPTY \\u0029 OR \\u0028project = OPS",
    'pro\\u006aect = "\\u004fPS"',
    "key = OPS-1",
    "key in (OPS-1, OPS-2)",
    "key = MOVED",
    `text ~ ${secretWord}`,
    `summary ~ ${secretWord} || description ~ ${secretWord}`,
    `project = "PLAY") OR (text ~ "${secretWord}"`,
    "",
    " ",
    "assignee is EMPTY\u00a0) OR (project = OPS",
    "assignee is EMPTY\n) OR (project = OPS",
  ])("search jql %j shows nothing of OPS", async (pattern) => {
    const typed = `!jira search jql ${pattern.replace("MOVED", moved)}`;

    const shown = await shownBy(typed);

    expect(shown).not.toMatch(leaked);
    expect(shown).not.toMatch(/browse\/OPS-\d/);
  });

  it.each([
    secretWord,
    `${secretWord}" OR project = OPS OR text ~ "${secretWord}`,
    `*`,
    `${secretWord}) OR (project = OPS`,
    `\\`,
    `"`,
    `jql`,
  ])("search %j shows nothing of OPS", async (typed) => {
    expect(await shownBy(`!jira search ${typed}`)).not.toMatch(leaked);
  });

  it("Jira was never asked for more than the room's projects, but for what it answers with another key", () => {
    const read = side.jira.requests.filter((request) => request.includes("OPS"));

    expect(read).toEqual([]);
    expect(side.jira.changes.filter(({ by, key }) => by === side.credentialName && key.startsWith("OPS-"))).toEqual([]);
  });
});

it("a project that the room gets to hear of later is reached from then on, and no longer when it is disconnected", async () => {
  const side = jiras.server;
  const roomId = await all.roomWithBot(bob);
  await answerTo(bob, roomId, "!connect jira:main PLAY events=version_released");
  expect(await answerTo(bob, roomId, "!jira view OPS-1")).toContain("Failed to handle command");

  await answerTo(bob, roomId, "!connect jira:main OPS events=version_released");
  expect(await answerTo(bob, roomId, "!jira view OPS-1")).toContain(secretWord);
  // What the tests above look for is what people see when they may.
  expect(await answerTo(bob, roomId, "!jira search jql project = OPS")).toMatch(leaked);
  expect(await answerTo(bob, roomId, "!jira create OPS Task Now it may be")).toContain("Created JIRA issue OPS-");
  expect(side.jira.changes.at(-1)).toMatchObject({ what: "created", by: side.credentialName });

  await answerTo(bob, roomId, "!disconnect jira OPS");
  expect(await answerTo(bob, roomId, "!jira view OPS-1")).not.toContain(secretWord);
});

it("a project of the same key at another Jira is not reached through the first one's connection", async () => {
  const { key } = await jiras.cloud.jira.createIssue("PLAY", `Elsewhere ${secretWord}`, people.bob);
  const roomId = await all.roomWithBot(bob);
  await answerTo(bob, roomId, "!connect jira:main PLAY events=version_released");

  const byAddress = await answerTo(bob, roomId, `!jira view ${jiras.cloud.jira.url}/browse/${key}`);

  expect(byAddress).not.toContain("Elsewhere");
});
