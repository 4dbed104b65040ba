import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommandLine } from "../../test/support/cli-run.js";
import { answerAsServer, type AskedOfControl } from "../../test/support/control-answers.js";
import { controlSocketPath } from "../apis/control/schema.js";

const summary = {
  id: "d1",
  roomId: "!r:example.org",
  state: "dead",
  serviceId: "tracker",
  source: { kind: "remote-event", inboxId: "i1", eventName: "issue_created" },
  acceptedAt: Date.UTC(2026, 0, 2, 3, 4, 5),
  attempts: 2,
  reason: "refused \u001b[31mM_TOO_LARGE",
};

let data: string;
let asked: AskedOfControl;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "switchboard-deliveries-"));
});

afterEach(() => {
  rmSync(data, { recursive: true });
});

async function answer(body: unknown, status = 200): Promise<void> {
  asked = await answerAsServer(data, body, status);
}

describe("switchboard deliveries", () => {
  it("lists deliveries as a table that does not move the cursor", async () => {
    await answer({ deliveries: [summary], next: "d1" });

    const { exitCode, stdout } = await runCommandLine(["deliveries", "list", "--data", data]);

    expect(exitCode).toBe(0);
    expect(stdout.split("\n")).toEqual([
      "ID  STATE  ACCEPTED                  ROOM            WHAT                   TRIES  WHY",
      "d1  dead   2026-01-02T03:04:05.000Z  !r:example.org  tracker issue_created  2      refused M_TOO_LARGE",
      "There are more: --after d1",
      "",
    ]);
  });

  it("says so when there are none", async () => {
    await answer({ deliveries: [] });

    expect((await runCommandLine(["deliveries", "list", "--data", data])).stdout).toBe("No deliveries.\n");
  });

  it("prints JSON", async () => {
    await answer({ deliveries: [summary] });

    const { stdout } = await runCommandLine(["deliveries", "list", "--data", data, "--json"]);

    expect(JSON.parse(stdout)).toEqual({ deliveries: [summary] });
  });

  it("shows a delivery with messages and request", async () => {
    const message = { type: "m.room.message", content: { msgtype: "m.notice", body: "PLAY-1 created" } };
    const request = { headers: { "content-type": "application/json" }, body: '{"a":1}', encoding: "utf8" };
    await answer({ ...summary, messages: [message], eventIds: ["$e"], request });

    const { stdout } = await runCommandLine(["deliveries", "show", "d1", "--data", data]);

    expect(stdout).toContain("Message 1 (m.room.message, $e):\n  PLAY-1 created\n");
    expect(stdout).toContain('Request:\n  content-type: application/json\n\n  {"a":1}\n');
  });

  it.each([
    { argv: ["list"], request: "GET /v1/deliveries?limit=50" },
    {
      argv: ["list", "--state", "dead", "--room", "!r:x", "--after", "d/1", "--limit", "7"],
      request: "GET /v1/deliveries?state=dead&room=%21r%3Ax&after=d%2F1&limit=7",
    },
    { argv: ["show", "../x"], request: "GET /v1/deliveries/..%2Fx" },
    { argv: ["replay", "d1"], request: "POST /v1/deliveries/d1/replay" },
    { argv: ["discard", "d1"], request: "POST /v1/deliveries/d1/discard" },
  ])("$argv asks for $request", async ({ argv, request }) => {
    await answer({ ...summary, deliveries: [], messages: [], eventIds: [] });

    const { exitCode } = await runCommandLine(["deliveries", ...argv, "--data", data]);

    expect(exitCode).toBe(0);
    expect(asked).toEqual([request]);
  });

  it("names the new delivery of a replay", async () => {
    await answer({ ...summary, id: "d2" });

    expect((await runCommandLine(["deliveries", "replay", "d1", "--data", data])).stdout).toBe("Sending it again as d2.\n");
  });

  it.each([
    {
      title: "a refusal",
      body: { errcode: "HS_NOTFOUND", error: "There is no delivery d9." },
      status: 404,
      says: "There is no delivery d9.\n",
    },
    { title: "a refusal without words", body: [], status: 500, says: "The server refused with status 500.\n" },
    { title: "an answer that is no JSON", body: "<html>", status: 200, says: /gave an answer that is no JSON/ },
    { title: "an answer of another shape", body: { deliveries: [{}] }, status: 200, says: /^The running server is of another version/ },
  ])("tells $title in one line and exits 1", async ({ body, status, says }) => {
    await answer(body, status);

    const { exitCode, stdout, stderr } = await runCommandLine(["deliveries", "list", "--data", data]);

    expect({ exitCode, stdout, lines: stderr.trimEnd().split("\n").length }).toEqual({ exitCode: 1, stdout: "", lines: 1 });
    expect(stderr).toMatch(says);
  });

  it("says that no server runs, also when one left its socket behind", async () => {
    const none = await runCommandLine(["deliveries", "list", "--data", data]);
    const socketPath = controlSocketPath(data);
    mkdirSync(dirname(socketPath), { recursive: true, mode: 0o700 });
    const emptyFolder = await runCommandLine(["deliveries", "list", "--data", data]);

    expect(none).toMatchObject({ exitCode: 1, stdout: "", stderr: expect.stringContaining("no server runs on this data folder") });
    expect(emptyFolder.stderr).toMatch(/^No Switchboard runs on this data folder; .*\n$/);
  });

  it("finds the data folder in a configuration", async () => {
    await answer({ deliveries: [] });
    const config = join(data, "config.yml");
    writeFileSync(
      config,
      `bridge: {domain: example.org, url: http://localhost:8008, port: 9993}
listeners: [{port: 9000}]
storage: {path: ${data}}
`,
    );

    expect((await runCommandLine(["deliveries", "list", "--config", config])).stdout).toBe("No deliveries.\n");
  });
});
