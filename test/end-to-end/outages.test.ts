import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerTo, bodyOf, EndToEnd, hear, said } from "../support/end-to-end.js";
import { issueJson } from "../support/jira-payloads.js";
import { sampleIssue, webhookForm } from "../support/jira-samples.js";
import type { MatrixPerson } from "../support/matrix-client.js";
import { poll } from "../support/poll.js";

let all: EndToEnd;
let alice: MatrixPerson;
let roomId: string;

beforeAll(async () => {
  all = await EndToEnd.start({ hasProxies: true });
  alice = await all.person("alice");
  roomId = await all.roomWithBot(alice);
  await answerTo(alice, roomId, "!connect jira PLAY");
});

afterAll(() => all.stop());

/** Creates issues one after the other. @returns their keys */
async function createIssues(count: number): Promise<readonly string[]> {
  const keys: string[] = [];
  for (let made = 0; made < count; made += 1) keys.push((await all.jira.createIssue("PLAY", `Number ${made}`)).key);
  return keys;
}

/** Keys of the issues that the room was told of, in the order of the telling. */
async function told(room = roomId): Promise<readonly string[]> {
  return (await said(alice, room)).flatMap((body) => /created a new JIRA issue \[([^\]]+)\]/.exec(body)?.[1] ?? []);
}

/** Paths of the homeserver's transactions, as often as they came. */
function transactions(): readonly string[] {
  return all.proxies.fromHomeserver.seen.filter((request) => request.startsWith("PUT /_matrix/app/v1/transactions/"));
}

/** Sends a webhook as Jira Cloud does: again under the same id while there is no answer. */
async function sendUntilTaken(key: string): Promise<void> {
  const project = { id: "10001", key: "PLAY", name: "PLAY" };
  const issue = issueJson(webhookForm(all.jira.url), sampleIssue({ id: key.replace(/\D+/, "5"), key, project, summary: "Burst" }));
  const send = async (): Promise<true | undefined> => {
    try {
      const { status } = await all.webhook({ webhookEvent: "jira:issue_created", issue }, { identifier: key });
      expect(status).toBe(200);
      return true;
    } catch (error) {
      if (error instanceof Error && "code" in error && ["ECONNREFUSED", "ECONNRESET"].includes(String(error.code))) return undefined;
      throw error;
    }
  };
  await poll(send, { what: `an answer to ${key}`, timeoutMs: 60_000 });
}

/** Each question is answered before the next one, in a transaction of its own. */
async function askThreeTimes(): Promise<void> {
  for (let asked = 0; asked < 3; asked += 1) expect(await answerTo(alice, roomId, "!connections")).toContain("active");
}

describe("what Jira sent", () => {
  it("while the homeserver was stopped arrives when it is started: all of it, once, in order", async () => {
    const before = await told();
    await all.synapse.pause();
    const keys = await createIssues(30);
    expect(all.jira.reports.slice(-30).flatMap(({ statuses }) => statuses)).toEqual(keys.map(() => 200));

    await all.synapse.resume();

    await hear(alice, roomId, `[${keys.at(-1) ?? ""}]`, 45_000);
    expect(await told()).toEqual([...before, ...keys]);
  });

  it("while homeserver and Switchboard were stopped and started in turns arrives all the same", async () => {
    const before = await told();
    await all.synapse.pause();
    const first = await createIssues(5);
    await all.restartSwitchboard();
    const second = await createIssues(5);

    await all.synapse.resume();

    await hear(alice, roomId, `[${second.at(-1) ?? ""}]`, 45_000);
    expect(await told()).toEqual([...before, ...first, ...second]);
  });

  it.each([
    { what: "the homeserver was restarted", meanwhile: () => all.synapse.restart() },
    { what: "Switchboard was restarted", meanwhile: () => all.restartSwitchboard() },
    { what: "both were restarted", meanwhile: () => Promise.all([all.synapse.restart(), all.restartSwitchboard()]) },
  ])("is told once when the homeserver stored it, its answer was lost, $what, and it was sent again", async ({ meanwhile }) => {
    const { toHomeserver } = all.proxies;
    const before = await told();
    const sends = (): readonly string[] => toHomeserver.seen.filter((request) => request.includes("/send/m.room.message/"));
    const lost = toHomeserver.cutAnswerTo(({ path, body }) => path.includes("/send/m.room.message/") && body.includes("Number 0"));
    const sent = createIssues(1);
    await lost;
    const [key = ""] = await sent;
    await hear(alice, roomId, `[${key}]`);
    const path = sends().at(-1);
    const sentBefore = sends().filter((request) => request === path).length;

    await meanwhile();
    toHomeserver.open();

    const [later = ""] = await createIssues(1);
    await hear(alice, roomId, `[${later}]`, 45_000);
    expect(await told()).toEqual([...before, key, later]);
    expect(sends().filter((request) => request === path).length).toBeGreaterThan(sentBefore);
  });

  it("while the room did not let the bot speak is told as soon as it does", async () => {
    const before = await told();
    await alice.changePowerLevels(roomId, (levels) => ({ ...levels, events_default: 100 }));
    const keys = await createIssues(3);
    await poll(async () => (/switchboard_deliveries_retried_total\{[^}]*\} [1-9]/.test(await all.metrics()) ? true : undefined), {
      what: "a refused send",
      timeoutMs: 10_000,
    });

    await alice.changePowerLevels(roomId, (levels) => ({ ...levels, events_default: 0 }));

    await hear(alice, roomId, `[${keys.at(-1) ?? ""}]`);
    expect(await told()).toEqual([...before, ...keys]);
  });

  it("in a burst through two kills of Switchboard and a restart of the homeserver arrives once and in order, in every room", async () => {
    const rooms = [roomId, await all.roomWithBot(alice), await all.roomWithBot(alice)];
    for (const room of rooms.slice(1)) await answerTo(alice, room, "!connect jira PLAY");
    await all.stopSwitchboard();
    let running = await all.startProcess();
    const killAndStart = async (): Promise<void> => {
      await running.kill();
      running = await all.startProcess();
    };
    const troubles = new Map<number, () => Promise<void>>([
      [30, killAndStart],
      [60, () => all.synapse.restart()],
      [90, killAndStart],
    ]);

    const troubled: Promise<void>[] = [];
    for (let sent = 0; sent < 120; sent += 1) {
      const trouble = troubles.get(sent);
      if (trouble !== undefined) troubled.push(trouble());
      await sendUntilTaken(`BURST-${sent}`);
    }
    await Promise.all(troubled);

    const keys = Array.from({ length: 120 }, (_, sent) => `BURST-${sent}`);
    for (const room of rooms) {
      await alice.waitForEvent(room, (event) => bodyOf(event).includes("[BURST-119]"), {
        what: "the last of the burst",
        timeoutMs: 45_000,
      });
      expect((await told(room)).filter((key) => key.startsWith("BURST"))).toEqual(keys);
    }
    expect(await running.stop()).toBe(0);
    await all.startSwitchboard();
  });

  it("before the process was killed, and once more stopped, arrives after the next start", async () => {
    const before = await told();
    await all.stopSwitchboard();
    all.proxies.toHomeserver.shut();
    const process = await all.startProcess();
    const keys = await createIssues(10);
    expect(all.jira.reports.slice(-10).flatMap(({ statuses }) => statuses)).toEqual(keys.map(() => 200));
    await process.kill();
    const again = await all.startProcess();
    expect(await again.stop()).toBe(0);

    all.proxies.toHomeserver.open();
    await all.startSwitchboard();

    await hear(alice, roomId, `[${keys.at(-1) ?? ""}]`);
    expect(await told()).toEqual([...before, ...keys]);
  });
});

describe("a command", () => {
  it("after a restart of the homeserver is answered, though its transaction ids begin anew", async () => {
    // Twice the same, so that commands come under ids that commands came under before.
    await all.synapse.restart();
    await askThreeTimes();
    const before = transactions();

    await all.synapse.restart();

    await askThreeTimes();
    const after = transactions().slice(before.length);
    expect(after.filter((path) => before.includes(path)).length).toBeGreaterThanOrEqual(3);
  });

  it("in a transaction that comes again after a restart of Switchboard is not run again", async () => {
    const { fromHomeserver } = all.proxies;
    const before = await said(alice, roomId);
    const typed = "!connect jira PLAY events=issue_updated";
    const lost = fromHomeserver.cutAnswerTo(({ body }) => body.includes(typed));
    await alice.sendText(roomId, typed);
    await lost;
    await hear(alice, roomId, "The options were not changed");
    const path = transactions().at(-1);
    const cameBefore = transactions().filter((one) => one === path).length;

    await all.stopSwitchboard();
    fromHomeserver.open();
    await all.startSwitchboard();

    await poll(async () => (transactions().filter((one) => one === path).length > cameBefore ? true : undefined), {
      what: "the transaction again",
      timeoutMs: 20_000,
    });
    await answerTo(alice, roomId, "!connections");
    expect(await said(alice, roomId)).toHaveLength(before.length + 2);
  });

  it("that was typed while Switchboard was away is answered as soon as it is back, not when the homeserver tries again", async () => {
    await all.stopSwitchboard();
    const before = transactions().length;
    const asked = await alice.sendText(roomId, "!connections");
    // Synapse tries at once, after 2 seconds, after 4 more, and then after 8 more.
    await poll(async () => (transactions().length >= before + 3 ? true : undefined), { what: "three tries", timeoutMs: 30_000 });

    await all.startSwitchboard();

    const answer = await alice.waitForEvent(roomId, ({ sender, content }) => sender !== alice.userId && content["msgtype"] === "m.notice", {
      after: asked,
      timeoutMs: 5_000,
    });
    expect(answer.content["body"]).toContain("active");
  });

  it("that was typed while the homeserver was cut off from Switchboard's answers is answered later, once", async () => {
    const before = await said(alice, roomId);
    all.proxies.toHomeserver.shut();
    await alice.sendText(roomId, "!connections");
    await poll(async () => ((await all.metrics()).includes("switchboard_homeserver_up 0") ? true : undefined), {
      what: "the outage to be noticed",
      timeoutMs: 20_000,
    });

    all.proxies.toHomeserver.open();

    const [later = ""] = await createIssues(1);
    await hear(alice, roomId, `[${later}]`, 45_000);
    await answerTo(alice, roomId, "!connections");
    expect((await said(alice, roomId)).slice(before.length).filter((body) => body.startsWith("This room is connected"))).toHaveLength(2);
  });

  it("that reaches us more than five minutes after it was typed is not run, and one notice says so", async () => {
    const before = await said(alice, roomId);
    const command = (minutes: number, name: string): object => ({
      type: "m.room.message",
      event_id: `$${name}`,
      room_id: roomId,
      sender: alice.userId,
      origin_server_ts: Date.now() - minutes * 60_000,
      content: { msgtype: "m.text", body: "!disconnect jira PLAY" },
    });
    const late = command(6, "late");

    const answers = [await all.transaction("crafted-1", [late]), await all.transaction("crafted-2", [late])];

    expect(answers.map(({ status, text }) => [status, text])).toEqual([1, 2].map(() => [200, "{}"]));
    await hear(alice, roomId, "This command was not run: it reached me more than 5 minutes after it was sent.");
    expect(await answerTo(alice, roomId, "!connections")).toContain("active");
    expect(await said(alice, roomId)).toHaveLength(before.length + 2);
    await all.transaction("crafted-3", [command(4, "in-time")]);
    await hear(alice, roomId, "Disconnected from Jira project");
  });
});
