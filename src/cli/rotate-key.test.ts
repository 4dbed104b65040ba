import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommandLine, type CliResult } from "../../test/support/cli-run.js";
import { answerAsServer, answerAsServerInTurn } from "../../test/support/control-answers.js";

const done = {
  state: "done",
  newFile: "/keys/new.key",
  oldFile: "/keys/old.key",
  oldSetting: "storage.keyFile",
  isConfigured: false,
  checked: 12,
  reencrypted: 11,
  unreadable: 0,
};

let data: string;

beforeEach(() => {
  data = mkdtempSync(path.join(tmpdir(), "switchboard-rotate-"));
});

afterEach(() => {
  rmSync(data, { recursive: true });
});

function run(...argv: readonly string[]): Promise<CliResult> {
  return runCommandLine(["rotate-key", ...argv, "--data", data]);
}

describe("switchboard rotate-key", () => {
  it("tells which setting to change and which file may go", async () => {
    const asked = await answerAsServer(data, done);

    const { exitCode, stdout, stderr } = await run("--new-key", "/keys/new.key");

    expect(exitCode).toBe(0);
    expect(stdout.split("\n")).toEqual([
      "Done: what is encrypted in the data folder is encrypted with the key in /keys/new.key.",
      "Before the next start, change the configuration to storage.keyFile: /keys/new.key",
      "The file /keys/old.key may go then. Copies of the data folder that were made before need it.",
      "",
    ]);
    expect(stderr).toBe("12 encrypted values looked at, 11 encrypted anew.\n");
    expect(asked).toEqual(['POST /v1/key-rotation {"file":"/keys/new.key"}']);
  });

  it("names the file as the server, which runs elsewhere, finds it", async () => {
    const asked = await answerAsServer(data, done);

    await run("--new-key", "keys/../next.key");

    expect(asked).toEqual([`POST /v1/key-rotation ${JSON.stringify({ file: path.resolve("next.key") })}`]);
  });

  it("asks for no change of a configuration that names the new key already", async () => {
    await answerAsServer(data, { ...done, isConfigured: true });

    const { stdout } = await run("--new-key", "/keys/new.key");

    expect(stdout).not.toContain("configuration");
    expect(stdout).toContain("The file /keys/old.key may go. Copies");
  });

  it("says that the passFile stays for Hookshot's tokens", async () => {
    await answerAsServer(data, { ...done, oldFile: "/keys/passkey.pem", oldSetting: "passFile" });

    const { stdout } = await run("--new-key", "/keys/new.key");

    expect(stdout).toContain("The file /keys/passkey.pem (passFile) stays: the tokens that Hookshot keeps are encrypted with it.");
    expect(stdout).not.toContain("may go");
  });

  it("lets no file go while values open with no key", async () => {
    await answerAsServer(data, { ...done, unreadable: 2 });

    const { exitCode, stdout } = await run("--new-key", "/keys/new.key");

    expect(exitCode).toBe(0);
    expect(stdout).toContain(
      "2 values open with neither key and were left as they are; the log names their stores. Keep /keys/old.key until",
    );
    expect(stdout).not.toContain("may go");
  });

  it("does not tell anybody to remove the new key where it was moved to the old one's place", async () => {
    await answerAsServer(data, { ...done, oldFile: "/keys/new.key", isConfigured: true });

    const { stdout } = await run("--new-key", "/keys/new.key");

    expect(stdout).toContain("Nothing needs the old key any more but copies");
    expect(stdout).not.toContain("may go");
  });

  it("prints JSON", async () => {
    await answerAsServer(data, done);

    expect(JSON.parse((await run("--new-key", "/keys/new.key", "--json")).stdout)).toEqual(done);
  });

  it("tells progress until the end", async () => {
    const running = { ...done, state: "running" };
    const asked = await answerAsServerInTurn(data, [
      { ...running, checked: 1, reencrypted: 1 },
      { ...running, checked: 5, reencrypted: 4 },
      done,
    ]);

    const { exitCode, stderr } = await run("--new-key", "/keys/new.key");

    expect(exitCode).toBe(0);
    expect(stderr.match(/\d+ encrypted values/g)).toEqual(["1 encrypted values", "5 encrypted values", "12 encrypted values"]);
    expect(asked.slice(1)).toEqual(["GET /v1/key-rotation", "GET /v1/key-rotation"]);
  });

  it("fails with the reason, and says to keep both files and run it again", async () => {
    await answerAsServer(data, { ...done, state: "failed", error: "The disk\u001b[31m is full." });

    expect(await run("--new-key", "/keys/new.key")).toMatchObject({
      exitCode: 1,
      stdout: "",
      stderr: expect.stringContaining(
        "The change of the key was interrupted: The disk is full. Keep both files, and run this again: switchboard rotate-key --new-key /keys/new.key",
      ),
    });
  });

  it("tells a refusal in one line", async () => {
    await answerAsServer(data, { errcode: "HS_BAD_VALUE", error: "--new-key: the file /a does not exist." }, 400);

    expect(await run("--new-key", "/a")).toEqual({ exitCode: 1, stdout: "", stderr: "--new-key: the file /a does not exist.\n" });
  });

  it("says that no server runs", async () => {
    expect(await run("--new-key", "/a")).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("no server runs") });
  });

  it("does not take the end for known where the server is gone on the way", async () => {
    await answerAsServerInTurn(data, [{ ...done, state: "running" }, "gone"]);

    const { exitCode, stderr } = await run("--new-key", "/keys/new.key");

    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      "The change of the key is not known to be finished: keep both files, and run this again when Switchboard runs.",
    );
  });

  it("needs a file", async () => {
    expect((await run()).exitCode).toBe(2);
  });
});
