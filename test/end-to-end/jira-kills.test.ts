import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { answerTo, bodyOf, bot, EndToEnd, said } from "../support/end-to-end.js";
import type { MatrixPerson } from "../support/matrix-client.js";
import { poll } from "../support/poll.js";
import type { SwitchboardProcess } from "../support/switchboard-process.js";
import { TwoJiras, type JiraSide } from "../support/two-jiras.js";

// A command ends where the process is killed: between its request to Jira and the answer, before the request is carried out, or before
// there is one that changes anything. Switchboard is a process of its own here, and ended by SIGKILL.

let all: EndToEnd;
let jiras: TwoJiras;
let alice: MatrixPerson;
let chat: string;
let running: SwitchboardProcess | undefined;
let summaries = 0;

beforeAll(async () => {
  all = await EndToEnd.start();
  jiras = await TwoJiras.start(all);
  alice = await all.person("alice");
  chat = await all.directChat(alice);
  for (const side of jiras.sides) await answerTo(alice, chat, side.tokenCommand);
  await all.stopSwitchboard();
});

afterEach(() => {
  for (const { jira } of jiras.sides) jira.failWith();
});

afterAll(async () => {
  await running?.kill();
  await jiras.stop();
  await all.stop();
});

async function start(): Promise<SwitchboardProcess> {
  if (running?.isAlive !== true) running = await all.startProcess();
  return running;
}

async function roomOf(side: JiraSide): Promise<string> {
  const roomId = await all.roomWithBot(alice);
  await answerTo(alice, roomId, `!connect jira:${side.name} PLAY events=version_released`);
  return roomId;
}

/** What the bot says in the room about the command; nothing more comes, because a later question has its answer. */
async function tellings(roomId: string, typed: string): Promise<readonly string[]> {
  await alice.waitForEvent(roomId, (event) => event.sender === bot && event.type === "m.room.message", {
    after: typed,
    timeoutMs: 60_000,
    what: "what became of the command",
  });
  expect(await answerTo(alice, roomId, "!connections")).toContain("connected to");
  const timeline = await alice.readTimeline(roomId, 200);
  const since = timeline.slice(timeline.findIndex((event) => event.event_id === typed));
  return since
    .filter((event) => event.sender === bot && event.type === "m.room.message")
    .map(bodyOf)
    .slice(0, -1);
}

const commands = [
  { what: "create", request: /^POST .*\/issue$/, typed: (summary: string) => `create Task ${summary}` },
  { what: "comment", request: /^POST .*\/comment$/, typed: (summary: string, key: string) => `comment ${key} ${summary}` },
  { what: "transition", request: /^POST .*\/transitions$/, typed: (_: string, key: string) => `transition ${key} In Progress` },
  { what: "assign", request: /^PUT .*\/assignee$/, typed: (_: string, key: string) => `assign ${key} Bob Baker` },
] as const;

const cases = (["server", "cloud"] as const).flatMap((deployment) =>
  commands.flatMap((command) => [
    { deployment, ...command, isCarriedOut: true, done: 1 },
    { deployment, ...command, isCarriedOut: false, done: 0 },
  ]),
);

it.each(cases)(
  "$what on $deployment, killed with the request under way (carried out: $isCarriedOut): done $done times, and the room is told",
  async ({ deployment, request, typed, isCarriedOut, done }) => {
    const side = jiras.side(deployment);
    const process = await start();
    const roomId = await roomOf(side);
    const { key } = await side.jira.createIssue("PLAY", "The subject");
    const requests = (): number => side.jira.requests.filter((name) => request.test(name)).length;
    const [before, asked] = [side.jira.changes.length, requests()];
    side.jira.failWith({ kind: "silent", only: request, ...(isCarriedOut ? { isCarriedOut } : {}) });
    const reached = isCarriedOut ? side.jira.carriedOut(request) : side.jira.received(request);
    summaries += 1;
    const command = await alice.sendText(roomId, `!jira ${typed(`Killed ${summaries}`, key)}`);
    await reached;

    await process.kill();
    side.jira.failWith();
    await start();
    const told = await tellings(roomId, command);

    expect(told).toHaveLength(1);
    expect(told[0]).toContain("whether it changed anything is not known");
    expect(told[0]).toMatch(/look/i);
    expect(side.jira.changes).toHaveLength(before + done);
    expect(requests()).toBe(asked + 1);
  },
);

it("create, killed while it only reads: it runs again, and one issue is made", async () => {
  const { jira } = jiras.server;
  const process = await start();
  const roomId = await roomOf(jiras.server);
  const before = jira.changes.length;
  jira.failWith({ kind: "silent", only: /^GET .*\/project\/PLAY/ });
  const reached = jira.received(/^GET .*\/project\/PLAY/);
  const command = await alice.sendText(roomId, "!jira create Task Made in the end");
  await reached;

  await process.kill();
  jira.failWith();
  await start();
  const told = await tellings(roomId, command);

  expect(told).toEqual([expect.stringContaining("Created JIRA issue")]);
  expect(jira.changes.slice(before).map(({ what }) => what)).toEqual(["created"]);
});

it("create, killed after Jira's answer: the answer comes once, and there is one issue", async () => {
  const { jira } = jiras.server;
  const process = await start();
  const roomId = await roomOf(jiras.server);
  const before = jira.changes.length;
  const command = await alice.sendText(roomId, "!jira create Task Answered in time");
  await poll(async () => (jira.changes.length > before ? true : undefined), { what: "the issue", timeoutMs: 20_000, everyMs: 1 });

  await process.kill();
  await start();
  const told = await tellings(roomId, command);

  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/Created JIRA issue|is not known/);
  expect(jira.changes.slice(before).map(({ what }) => what)).toEqual(["created"]);
});

it("create, stopped in good order while Jira does not answer: the end does not wait for Jira, and the room is told that nobody knows", async () => {
  const { jira } = jiras.server;
  const process = await start();
  const roomId = await roomOf(jiras.server);
  const before = jira.changes.length;
  jira.failWith({ kind: "silent", only: /\/issue$/, isCarriedOut: true });
  const done = jira.carriedOut(/\/issue$/);
  const command = await alice.sendText(roomId, "!jira create Task Made at the end");
  await done;

  const stoppedAt = performance.now();
  const code = await process.stop();
  const tookMs = performance.now() - stoppedAt;
  jira.failWith();
  await start();
  const told = await tellings(roomId, command);

  expect(code).toBe(0);
  // 8 seconds, and what it takes to see that a process has ended.
  expect(tookMs).toBeLessThan(15_000);
  expect(told).toEqual([expect.stringMatching(/not known|may have been/)]);
  expect(jira.changes.slice(before).map(({ what }) => what)).toEqual(["created"]);
});

it.each([
  { how: "killed", end: (process: SwitchboardProcess): Promise<unknown> => process.kill() },
  { how: "stopped in good order", end: (process: SwitchboardProcess): Promise<unknown> => process.stop() },
])("a token that was typed and not yet tried, $how: it is tried after the restart, and nobody sees it", async ({ end }) => {
  const { jira, tokenCommand, aliceToken } = jiras.server;
  const process = await start();
  await answerTo(alice, chat, "jira logout main");
  jira.failWith({ kind: "silent", only: /\/myself$/ });
  const reached = jira.received(/\/myself$/);
  const command = await alice.sendText(chat, tokenCommand);
  await reached;

  await end(process);
  jira.failWith();
  await start();
  const answer = await alice.waitForEvent(chat, (event) => event.sender === bot && event.type === "m.room.message", {
    after: command,
    timeoutMs: 60_000,
  });

  expect(bodyOf(answer)).toContain("Alice Archer");
  expect(await answerTo(alice, chat, "jira whoami")).toContain("main");
  expect((await said(alice, chat)).join("\n")).not.toContain(aliceToken);
  expect(JSON.stringify(await alice.readTimeline(chat, 200))).not.toContain(aliceToken);
});
