import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  accountDataPath,
  answerTo,
  bodyOf,
  bot,
  connectionType,
  EndToEnd,
  grantType,
  membership,
  said,
  type,
} from "../support/end-to-end.js";
import type { ClientEvent, MatrixPerson } from "../support/matrix-client.js";

const jiraBot = "@jirabot:localhost";

let all: EndToEnd;
let alice: MatrixPerson;

beforeAll(async () => {
  const users = [
    { exclusive: true, regex: "@_jira_.*:localhost" },
    { exclusive: true, regex: "@jirabot:localhost" },
  ];
  all = await EndToEnd.start({
    sections: { serviceBots: [{ localpart: "jirabot", displayname: "Jira", prefix: "!jirabot", service: "jira" }] },
    // Synapse limits nobody whom the registration excepts, and never the registration's own user; everybody else it does.
    registration: { namespaces: { users, aliases: [], rooms: [] }, rate_limited: true },
    homeserver: { rc_message: { per_second: 8, burst_count: 6 } },
  });
  alice = await all.person("alice");
});

afterAll(() => all.stop());

async function heard(roomId: string, words: string, timeoutMs = 20_000): Promise<ClientEvent> {
  return alice.waitForEvent(roomId, (event) => bodyOf(event).includes(words), { what: words, timeoutMs });
}

it("a service bot has its name", async () => {
  const roomId = await all.roomWithBot(alice, { bots: [jiraBot] });
  const named = (event: ClientEvent): boolean => event.state_key === jiraBot && event.content["displayname"] === "Jira";

  await alice.waitForEvent(roomId, named);
});

describe.each([
  { room: "beside the main bot", bots: [bot, jiraBot] },
  { room: "by itself", bots: [jiraBot] },
])("a service bot $room", ({ bots }) => {
  it("sends for its service: answers, state and messages", async () => {
    const roomId = await all.roomWithBot(alice, { bots });

    const connected = await type(alice, roomId, "!connect jira PLAY", jiraBot);
    const { key } = await all.jira.createIssue("PLAY", "By the service bot");

    expect(bodyOf(connected)).toContain("Connected to Jira project PLAY");
    expect((await heard(roomId, `[${key}]`)).sender).toBe(jiraBot);
    const state = (await alice.getState(roomId)).filter((event) => event.type === connectionType);
    expect(state.map(({ sender, state_key }) => [sender, state_key])).toEqual([[jiraBot, all.projectUrl()]]);
    // Grants lie with the main bot, where Hookshot looks for them.
    expect(await all.asOurs("GET", accountDataPath(roomId, grantType(all.projectUrl())))).toEqual({ granted: true });
  });

  it("answers to its own prefix", async () => {
    const roomId = await all.roomWithBot(alice, { bots });

    const help = await answerTo(alice, roomId, "!jirabot help", jiraBot);
    const connected = await answerTo(alice, roomId, `!jirabot jira project ${all.projectUrl()}`, jiraBot);

    expect(help).toContain("`!jirabot jira project <url>`");
    expect(help).toContain("`!jirabot help` - This help text\n");
    expect(connected).toBe("Room configured to bridge Jira project PLAY.");
  });

  it("goes on after a restart", async () => {
    const roomId = await all.roomWithBot(alice, { bots });
    await type(alice, roomId, "!connect jira PLAY", jiraBot);

    await all.restartSwitchboard();

    const { key } = await all.jira.createIssue("PLAY", "After the restart");
    expect((await heard(roomId, `[${key}]`)).sender).toBe(jiraBot);
  });
});

it("a bot that the homeserver limits says everything, in order, at the homeserver's pace", async () => {
  const roomId = await all.roomWithBot(alice, { bots: [jiraBot] });
  await type(alice, roomId, "!connect jira PLAY", jiraBot);
  const keys: string[] = [];
  for (let made = 0; made < 15; made += 1) keys.push((await all.jira.createIssue("PLAY", `Number ${made}`)).key);

  await heard(roomId, `[${keys.at(-1) ?? ""}]`, 45_000);

  const told = (await said(alice, roomId, jiraBot)).flatMap((body) => /created a new JIRA issue \[([^\]]+)\]/.exec(body)?.[1] ?? []);
  expect(told).toEqual(keys);
  // It did limit us.
  expect(await all.metrics()).toMatch(/matrix_api_calls_failed\{method="sendEvent"\} [1-9]/);
});

it("the main bot speaks where the service bot is not, or is not any more", async () => {
  const roomId = await all.roomWithBot(alice, { bots: [bot, jiraBot] });
  await type(alice, roomId, "!connect jira PLAY", jiraBot);

  await alice.kick(roomId, jiraBot);
  await type(alice, roomId, "!connections", bot);

  const { key } = await all.jira.createIssue("PLAY", "By the main bot");
  expect((await heard(roomId, `[${key}]`)).sender).toBe(bot);
});

it("!hookshot is answered by the main bot alone", async () => {
  const roomId = await all.roomWithBot(alice, { bots: [bot, jiraBot] });

  const help = await type(alice, roomId, "!hookshot help");

  expect(help.sender).toBe(bot);
  expect(bodyOf(help)).toContain("`!hookshot help`");
});

it("a direct chat with a service bot is refused with the reason", async () => {
  const roomId = await alice.createRoom({ is_direct: true, invite: [jiraBot] });

  const left = await membership(alice, roomId, jiraBot, "leave");

  expect(left.content["reason"]).toBe("This bot does not support admin rooms.");
});
