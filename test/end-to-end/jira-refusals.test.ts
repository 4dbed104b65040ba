import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { answerTo, bodyOf, bot, EndToEnd, said } from "../support/end-to-end.js";
import type { JiraFault } from "../support/jira-stand-in.js";
import type { MatrixPerson } from "../support/matrix-client.js";
import { TwoJiras, type JiraSide } from "../support/two-jiras.js";

let all: EndToEnd;
let jiras: TwoJiras;
let alice: MatrixPerson;

beforeAll(async () => {
  all = await EndToEnd.start();
  jiras = await TwoJiras.start(all);
  alice = await all.person("alice");
  const chat = await all.directChat(alice);
  for (const side of jiras.sides) await answerTo(alice, chat, side.tokenCommand);
});

afterAll(async () => {
  await jiras.stop();
  await all.stop();
});

afterEach(() => {
  for (const { jira } of jiras.sides) jira.failWith();
});

async function roomOf(side: JiraSide): Promise<string> {
  const roomId = await all.roomWithBot(alice);
  await answerTo(alice, roomId, `!connect jira:${side.name} PLAY events=version_released`);
  return roomId;
}

/** Types something and gives all that the bot says of it, up to the answer to a further question. */
async function answersTo(roomId: string, typed: string): Promise<readonly string[]> {
  const before = (await said(alice, roomId)).length;
  await answerTo(alice, roomId, typed);
  expect(await answerTo(alice, roomId, "!connections")).toContain("connected to");
  return (await said(alice, roomId)).slice(before, -1);
}

describe.each(["server", "cloud"] as const)("on %s", (deployment) => {
  let side: JiraSide;
  let roomId: string;
  let key: string;

  beforeAll(async () => {
    side = jiras.side(deployment);
    roomId = await roomOf(side);
    ({ key } = await side.jira.createIssue("PLAY", "The subject"));
  });

  it.each([
    { typed: "create", says: [/Missing at least one required parameter\./] },
    { typed: "create Bug", says: [/Missing at least one required parameter\./] },
    { typed: "view", says: [/Missing at least one required parameter\./] },
    { typed: "comment KEY", says: [/Missing at least one required parameter\./] },
    { typed: "transition KEY", says: [/Missing at least one required parameter\./] },
    { typed: "assign KEY", says: [/Missing at least one required parameter\./] },
    { typed: "search", says: [/Missing at least one required parameter\./] },
    { typed: "create Nonsense Title", says: [/You must specify a valid issue type \(one of Task, Bug, User story/, /!jira create/] },
    { typed: "view PLAY-999", says: [/PLAY-999/] },
    { typed: "comment PLAY-999 Hello", says: [/PLAY-999/] },
    { typed: "transition PLAY-999 Done", says: [/PLAY-999/] },
    { typed: "assign PLAY-999 Bob Baker", says: [/Failed to find issue|PLAY-999/] },
    { typed: "assign KEY Nobody Such", says: [/Could not find a user matching 'Nobody Such'/] },
    { typed: "assign KEY Baker", says: [/Bob Baker/, /Bobby Baker/] },
    { typed: "transition KEY Done", says: [/Start progress|In Progress/] },
    { typed: "transition KEY Resolve", says: [/Start progress|In Progress/] },
    { typed: "search jql project = ", says: [/./] },
    { typed: 'search jql summary ~ "lamp', says: [/./] },
    { typed: "search jql colour = red", says: [/colour/] },
    { typed: "view not-an-issue", says: [/not-an-issue/] },
  ])("`!jira $typed` is answered by one notice that says what is wrong, and changes nothing", async ({ typed, says }) => {
    const before = side.jira.changes.length;

    const answers = await answersTo(roomId, `!jira ${typed.replace("KEY", key)}`);

    expect(answers).toHaveLength(1);
    expect(answers[0]).toContain("Failed to handle command: ");
    for (const words of says) expect(answers[0]).toMatch(words);
    expect(side.jira.changes).toHaveLength(before);
  });

  const faults: readonly { readonly fault: JiraFault; readonly says: RegExp; readonly remedy: RegExp }[] = [
    { fault: { kind: "status", status: 401 }, says: /\(401\)/, remedy: /jira token/ },
    { fault: { kind: "status", status: 403 }, says: /\(403\)/, remedy: /right|captcha/ },
    { fault: { kind: "status", status: 429, retryAfterSeconds: 7 }, says: /\(429\)/, remedy: /Try again in 7 seconds/ },
    { fault: { kind: "status", status: 503 }, says: /\(503\)/, remedy: /Try again later|look/i },
    { fault: { kind: "cut" }, says: /no answer/, remedy: /Try again later/ },
    { fault: { kind: "page" }, says: /no Jira/, remedy: /`jira\.instances\.(main|cloud)\.url`/ },
  ];

  it.each(faults)(
    "a Jira that fails ($fault.kind $fault.status) is said by one notice, with the remedy",
    async ({ fault, says, remedy }) => {
      for (const typed of [`view ${key}`, "create Task Never", `comment ${key} Never`, "search lamp"]) {
        const before = side.jira.changes.length;
        side.jira.failWith(fault);

        const answers = await answersTo(roomId, `!jira ${typed}`);

        expect(answers).toHaveLength(1);
        expect(answers[0]).toContain("Failed to handle command: ");
        expect(answers[0]).toMatch(says);
        expect(answers[0]).toMatch(remedy);
        expect(answers[0]).not.toContain(side.aliceToken);
        expect(side.jira.changes).toHaveLength(before);
      }
    },
  );

  it("404 reads as what it means: there is none, or one may not see it", async () => {
    side.jira.failWith({ kind: "status", status: 404 });

    const [answer] = await answersTo(roomId, `!jira view ${key}`);

    expect(answer).toContain("Failed to handle command: ");
    expect(answer).toContain(key);
  });

  it.each([
    { what: "was cut", kind: "cut" },
    { what: "was lost in a failure", kind: "status" },
  ] as const)("a change whose answer $what is said to be unknown, and to look before trying again", async ({ kind }) => {
    const fault = kind === "cut" ? { kind } : { kind, status: 502 };
    side.jira.failWith({ ...fault, only: /^POST .*\/issue$/, isCarriedOut: true });
    const before = side.jira.changes.length;

    const [answer, ...others] = await answersTo(roomId, "!jira create Task Made without a word");

    expect(others).toEqual([]);
    expect(answer).toMatch(/may have been/);
    expect(answer).toMatch(/look/i);
    expect(side.jira.changes.slice(before).map(({ what }) => what)).toEqual(["created"]);
  });
});

it("nobody with less than the level `commands` gets anything but the sentence", async () => {
  const mallory = await all.person("mallory");
  const own = [{ service: "jira", level: "manageConnections" }];
  await all.restartSwitchboard({
    permissions: [
      { actor: "@alice:localhost", services: own },
      { actor: "@mallory:localhost", services: [] },
    ],
  });
  const roomId = await roomOf(jiras.server);
  await alice.invite(roomId, mallory.userId);
  await mallory.join(roomId);
  const before = jiras.server.jira.requests.length;

  const answer = await answerTo(mallory, roomId, "!jira create Task No");

  expect(answer).toContain("You do not have permission to use this command.");
  expect(jiras.server.jira.requests).toHaveLength(before);
  await all.restartSwitchboard({ permissions: [{ actor: "*", services: [{ service: "*", level: "manageConnections" }] }] });
});

it("a slow Jira in one room does not hold up a command in another", async () => {
  const { jira } = jiras.server;
  const [slow, other] = [await roomOf(jiras.server), await roomOf(jiras.server)];
  jira.failWith({ kind: "held", only: /\/issue\/PLAY-1$/ });
  const asked = jira.received(/\/issue\/PLAY-1$/);
  const typed = await alice.sendText(slow, "!jira view PLAY-1");
  await asked;

  const answers = [await answerTo(alice, other, "!jira issue-types"), await answerTo(alice, other, "!connections")];

  expect(answers).toEqual([expect.stringContaining("Issue types:"), expect.stringContaining("connected to")]);
  jira.failWith();
  const late = await alice.waitForEvent(slow, (event) => event.sender === bot && event.type === "m.room.message", { after: typed });
  expect(bodyOf(late)).toContain("The subject");
});
