import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommandLine, type CliResult } from "../../test/support/cli-run.js";
import { answerAsServer } from "../../test/support/control-answers.js";

const shown = { id: "t1", name: "ci", scopes: ["provisioning"], createdAt: Date.UTC(2026, 0, 2, 3, 4, 5) };
const made = { ...shown, token: "sb_t1_secret" };

let data: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "switchboard-token-"));
});

afterEach(() => {
  rmSync(data, { recursive: true });
});

function run(...argv: readonly string[]): Promise<CliResult> {
  return runCommandLine(["token", ...argv, "--data", data]);
}

describe("switchboard token create", () => {
  it("prints the token alone, and everything else beside it", async () => {
    const asked = await answerAsServer(data, made);

    const { exitCode, stdout, stderr } = await run("create", "--name", "ci", "--scope", "provisioning");

    expect([exitCode, stdout]).toEqual([0, "sb_t1_secret\n"]);
    expect(stderr).toBe("This is the token ci (t1), for provisioning. It is shown only this once. It does not end by itself.\n");
    expect(asked).toEqual(['POST /v1/tokens {"name":"ci","scopes":["provisioning"]}']);
  });

  it("passes several scopes and an end on", async () => {
    const asked = await answerAsServer(data, { ...made, expiresAt: Date.UTC(2099, 0, 31) });

    const { stderr } = await run("create", "--name", "ci", "--scope", "a", "--scope", "b", "--expires", "2099-01-31");

    expect(asked).toEqual([`POST /v1/tokens {"name":"ci","scopes":["a","b"],"expiresAt":${String(Date.UTC(2099, 0, 31))}}`]);
    expect(stderr).toContain("It ends 2099-01-31T00:00:00.000Z.");
  });

  it("passes the remotes on to which it is limited, and says so", async () => {
    const targets = ["connector/main", "ticketing/#3"];
    const asked = await answerAsServer(data, { ...made, scopes: ["findings"], targets });

    const { stderr } = await run("create", "--name", "ci", "--scope", "findings", "--target", "connector/main", "--target", "ticketing/#3");

    expect(asked).toEqual(['POST /v1/tokens {"name":"ci","scopes":["findings"],"targets":["connector/main","ticketing/#3"]}']);
    expect(stderr).toContain("for findings (only connector/main, ticketing/#3). It is shown");
  });

  it("prints JSON", async () => {
    await answerAsServer(data, made);

    const { stdout } = await run("create", "--name", "ci", "--scope", "provisioning", "--json");

    expect(JSON.parse(stdout)).toEqual(made);
  });

  it("tells a refusal in one line", async () => {
    await answerAsServer(data, { errcode: "HS_BAD_VALUE", error: "x is no scope. There is: provisioning." }, 400);

    expect(await run("create", "--name", "ci", "--scope", "x")).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: "x is no scope. There is: provisioning.\n",
    });
  });
});

describe("switchboard token list", () => {
  it("shows a table that does not move the cursor", async () => {
    const used = { ...shown, id: "t2", name: "old\u001b[31m", expiresAt: Date.UTC(2026, 1, 2), lastUsedAt: Date.UTC(2026, 0, 3) };
    const asked = await answerAsServer(data, { tokens: [shown, used] });

    const { exitCode, stdout } = await run("list");

    expect(exitCode).toBe(0);
    expect(stdout.split("\n")).toEqual([
      "ID  NAME  SCOPES        CREATED                   EXPIRES                   LAST USE",
      "t1  ci    provisioning  2026-01-02T03:04:05.000Z  never                     never",
      "t2  old   provisioning  2026-01-02T03:04:05.000Z  2026-02-02T00:00:00.000Z  2026-01-03T00:00:00.000Z",
      "",
    ]);
    expect(asked).toEqual(["GET /v1/tokens"]);
  });

  it("says so when there are none, and prints JSON", async () => {
    await answerAsServer(data, { tokens: [] });

    expect((await run("list")).stdout).toBe("No tokens.\n");
    expect(JSON.parse((await run("list", "--json")).stdout)).toEqual({ tokens: [] });
  });
});

describe("switchboard token revoke", () => {
  it("names what it revoked", async () => {
    const asked = await answerAsServer(data, shown);

    const { exitCode, stdout } = await run("revoke", "../c i");

    expect([exitCode, stdout]).toEqual([0, "Revoked ci (t1).\n"]);
    expect(asked).toEqual(["POST /v1/tokens/..%2Fc%20i/revoke"]);
  });
});

describe("switchboard token", () => {
  it.each([["create", "--name", "ci", "--scope", "provisioning"], ["list"], ["revoke", "ci"]])(
    "says that no server runs: %s",
    async (...argv) => {
      expect(await run(...argv)).toMatchObject({ exitCode: 1, stdout: "", stderr: expect.stringContaining("no server runs") });
    },
  );

  it("says that an answer does not fit", async () => {
    await answerAsServer(data, { tokens: [{}] });

    expect(await run("list")).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^The running server is of another version/) });
  });
});
