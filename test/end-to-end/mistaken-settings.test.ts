import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerTo, EndToEnd, hear, said } from "../support/end-to-end.js";
import type { MatrixPerson } from "../support/matrix-client.js";
import { poll } from "../support/poll.js";

let all: EndToEnd;
let alice: MatrixPerson;
let roomId: string;

beforeAll(async () => {
  all = await EndToEnd.start();
  alice = await all.person("alice");
  roomId = await all.roomWithBot(alice);
  await answerTo(alice, roomId, "!connect jira PLAY");
});

afterAll(() => all.stop());

/** Waits for a line of the log that says this. */
async function logged(words: string | RegExp): Promise<string> {
  return poll(async () => all.log.find((line) => new RegExp(words).test(line)), {
    what: `a line with ${words.toString()}`,
    timeoutMs: 20_000,
  });
}

describe("Switchboard with", () => {
  it("a wrong as_token takes webhooks, says which token to change, and delivers when it is right", async () => {
    await all.stopSwitchboard();
    await all.startSwitchboard({ registration: { as_token: "not-the-one" } });
    const { key } = await all.jira.createIssue("PLAY", "Before the token was right");

    expect(all.jira.reports.at(-1)?.statuses).toEqual([200]);
    expect(await logged("The homeserver refuses our token")).toContain("Check as_token in the registration file");
    await logged("as_token in the registration file, at the homeserver and here");

    await all.stopSwitchboard();
    await all.startSwitchboard({ registration: { as_token: all.secrets.asToken } });
    await hear(alice, roomId, `[${key}]`);
    expect((await said(alice, roomId)).filter((body) => body.includes(`[${key}]`))).toHaveLength(1);
  });

  it("a wrong hs_token says which token to change, and answers commands when it is right", async () => {
    await all.stopSwitchboard();
    await all.startSwitchboard({ registration: { hs_token: "not-the-one" } });
    await alice.sendText(roomId, "!connections");

    await logged(/hs_token/);

    await all.stopSwitchboard();
    await all.startSwitchboard({ registration: { hs_token: all.secrets.hsToken } });
    await hear(alice, roomId, "This room is connected to:");
  });

  it("a port that the registration does not name says what to check", async () => {
    await all.stopSwitchboard();
    const { bridge } = JSON.parse(await all.configText()) as { bridge: object };
    await all.startSwitchboard({ sections: { bridge: { ...bridge, port: all.installation.appservicePort + 1 } } });

    expect(await logged("The homeserver cannot reach us")).toContain("Check `url` in the registration file against bridge.port");

    await all.restartSwitchboard({ bridge });
  });
});
