import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommandLine, type CliResult } from "../../test/support/cli-run.js";
import { answerAsServer } from "../../test/support/control-answers.js";

const at = Date.UTC(2026, 0, 2, 3, 4, 5);
const client = { clientId: "ci", scopes: ["WRITE"], provider: "builds", createdAt: at };
const made = { ...client, clientSecret: "sbc_secret" };
const app = {
  key: "com.example.app",
  baseUrl: "https://tool.test/app",
  scopes: ["READ", "WRITE"],
  provider: "git",
  createdAt: at,
  state: "installed",
};

let data: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "switchboard-devinfo-client-"));
});

afterEach(() => {
  rmSync(data, { recursive: true });
});

function run(...argv: readonly string[]): Promise<CliResult> {
  return runCommandLine([...argv, "--data", data]);
}

describe("switchboard devinfo-client", () => {
  it("create prints the secret alone, and everything else beside it", async () => {
    const asked = await answerAsServer(data, { ...made, instance: "main" });

    const { exitCode, stdout, stderr } = await run(
      ..."devinfo-client create --name ci --scope write --scope delete,read".split(" "),
      "--provider",
      "builds",
      "--instance",
      "main",
    );

    expect([exitCode, stdout]).toEqual([0, "sbc_secret\n"]);
    expect(stderr).toBe("This is the secret of the client ci, for WRITE of builds (only main). It is shown only this once.\n");
    expect(asked).toEqual([
      'POST /v1/devinfo-clients {"name":"ci","scopes":["WRITE","DELETE","READ"],"provider":"builds","instance":"main"}',
    ]);
  });

  it("create needs nothing but a name, and prints JSON", async () => {
    const asked = await answerAsServer(data, made);

    const { stdout } = await run("devinfo-client", "create", "--name", "ci", "--json");

    expect(JSON.parse(stdout)).toEqual(made);
    expect(asked).toEqual(['POST /v1/devinfo-clients {"name":"ci"}']);
    expect((await run("devinfo-client", "create")).exitCode).toBe(2);
  });

  it("rotate prints the new secret alone", async () => {
    const asked = await answerAsServer(data, made);

    expect((await run("devinfo-client", "rotate", "../c i")).stdout).toBe("sbc_secret\n");
    expect(asked).toEqual(["POST /v1/devinfo-clients/..%2Fc%20i/rotate"]);
  });

  it("list shows a table that does not move the cursor", async () => {
    const other = { ...client, clientId: "old\u001b[31m", instance: "main", rotatedAt: at, isShadowed: true };
    await answerAsServer(data, { clients: [client, other] });

    expect((await run("devinfo-client", "list")).stdout.split("\n")).toEqual([
      "NAME  SCOPES  PROVIDER  INSTANCE  CREATED                   NEW SECRET",
      "ci    WRITE   builds    all       2026-01-02T03:04:05.000Z  never",
      "old   WRITE   builds    main      2026-01-02T03:04:05.000Z  2026-01-02T03:04:05.000Z  replaced by devinfo.clients",
      "",
    ]);
  });

  it("list says that there are none", async () => {
    await answerAsServer(data, { clients: [] });

    expect((await run("devinfo-client", "list")).stdout).toBe("No clients.\n");
  });

  it("revoke names what it revoked", async () => {
    const asked = await answerAsServer(data, client);

    expect((await run("devinfo-client", "revoke", "ci")).stdout).toBe("Revoked ci.\n");
    expect(asked).toEqual(["POST /v1/devinfo-clients/ci/revoke"]);
  });
});

describe("switchboard connect-app", () => {
  it("install passes on what was asked for", async () => {
    const asked = await answerAsServer(data, { ...app, instance: "main" });

    const flags = "--scopes read,WRITE --provider git --instance main --reinstall --signed --allow-http";
    const { exitCode, stdout } = await run("connect-app", "install", "https://tool.test/d.json", ...flags.split(" "));

    expect([exitCode, stdout]).toEqual([0, "Installed com.example.app at https://tool.test/app, for READ, WRITE of git (only main).\n"]);
    const body = { descriptorUrl: "https://tool.test/d.json", scopes: ["READ", "WRITE"], provider: "git", instance: "main" };
    expect(asked).toEqual([`POST /v1/connect-apps ${JSON.stringify({ ...body, isReinstall: true, isKeySigned: true, allowsHttp: true })}`]);
  });

  it("install needs nothing but the descriptor, and tells a refusal in one line", async () => {
    const asked = await answerAsServer(data, { errcode: "HS_REMOTE_ERROR", error: "tool.test answered with status 400." }, 502);

    expect(await run("connect-app", "install", "https://tool.test/d.json")).toEqual({
      ...{ exitCode: 1, stdout: "", stderr: "tool.test answered with status 400.\n" },
    });
    expect(asked).toEqual(['POST /v1/connect-apps {"descriptorUrl":"https://tool.test/d.json"}']);
  });

  it("list shows what is not known", async () => {
    await answerAsServer(data, {
      apps: [app, { ...app, key: "b", state: "unknown" }, { ...app, key: "c", isShadowed: true, instance: "main" }],
    });

    expect((await run("connect-app", "list")).stdout.split("\n")).toEqual([
      "KEY              AT                     SCOPES       PROVIDER  INSTANCE  INSTALLED",
      "com.example.app  https://tool.test/app  READ, WRITE  git       all       2026-01-02T03:04:05.000Z",
      "b                https://tool.test/app  READ, WRITE  git       all       2026-01-02T03:04:05.000Z  not known whether it took its secret: install again",
      "c                https://tool.test/app  READ, WRITE  git       main      2026-01-02T03:04:05.000Z  replaced by devinfo.connectApps",
      "",
    ]);
  });

  it("list says that there are none", async () => {
    await answerAsServer(data, { apps: [] });

    expect((await run("connect-app", "list")).stdout).toBe("No apps.\n");
  });

  it.each([
    { told: undefined, says: "Removed com.example.app.\n" },
    { told: { isTaken: true }, says: "Removed com.example.app.\n" },
    {
      told: { isTaken: false, sentence: "tool.test answered with status 500." },
      says: "Removed com.example.app. It could not be told: tool.test answered with status 500. Remove us there too.\n",
    },
  ])("remove says whether the app knows: $told", async ({ told, says }) => {
    const asked = await answerAsServer(data, { ...app, told });

    expect((await run("connect-app", "remove", "com.example.app")).stdout).toBe(says);
    expect(asked).toEqual(["POST /v1/connect-apps/com.example.app/remove"]);
  });
});

describe("these commands", () => {
  it.each([
    ["devinfo-client", "create", "--name", "ci"],
    ["devinfo-client", "list"],
    ["devinfo-client", "rotate", "ci"],
    ["devinfo-client", "revoke", "ci"],
    ["connect-app", "install", "https://x"],
    ["connect-app", "list"],
    ["connect-app", "remove", "x"],
  ])("say that no server runs: %s %s", async (...argv) => {
    expect(await run(...argv)).toMatchObject({
      exitCode: 1,
      stdout: "",
      stderr: expect.stringMatching(/No Switchboard runs|no server runs/),
    });
  });

  it("say that an answer does not fit", async () => {
    await answerAsServer(data, { clients: [{}], apps: [{}] });

    for (const command of ["devinfo-client", "connect-app"]) {
      expect(await run(command, "list")).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(/^The running server is of another version/),
      });
    }
  });
});
