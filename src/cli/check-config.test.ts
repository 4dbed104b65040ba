import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runCommandLine } from "../../test/support/cli-run.js";

const registration = "registration.sample.yml";
const config = "config.sample.yml";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "switchboard-check-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("switchboard check-config", () => {
  it.each([
    { title: "flags", argv: ["--config", config, "--registration", registration] },
    { title: "matrix-hookshot's form", argv: [config, registration] },
  ])("validates files given by $title, with warnings", async ({ argv }) => {
    const result = await runCommandLine(["check-config", ...argv]);

    expect(result).toMatchObject({ exitCode: 0, stderr: "" });
    expect(result.stdout).toMatch(/^Warning: config\.sample\.yml: no service is configured.*\nConfig successfully validated\.\n$/);
  });

  it("reads further files of either form", async () => {
    const more = join(folder, "more.yml");
    writeFileSync(more, "loging: {}\n");

    const byFlag = await runCommandLine(["check-config", "-c", config, "-c", more, "-r", registration]);
    const byPosition = await runCommandLine(["check-config", config, registration, more]);

    expect(byFlag.stdout).toContain(`${more}: loging: is no known key and has no effect. Did you mean "logging"?`);
    expect(byPosition).toEqual(byFlag);
  });

  it("checks a configuration alone while there is no registration, and says so", async () => {
    const result = await runCommandLine(["check-config", "--config", config]);

    expect(result.exitCode).toBe(0);
    expect(result.stdout).toContain("./registration.yml: does not exist and was not checked");
  });

  it("says what is wrong and exits 1", async () => {
    const bad = join(folder, "bad.yml");
    writeFileSync(bad, "bridge: {domain: example.org, url: http://localhost:8008}\nlisteners: [{port: 9000}]\n");

    const result = await runCommandLine(["check-config", "--config", bad, "--registration", registration]);

    expect(result).toEqual({ exitCode: 1, stdout: "", stderr: `Error in config:\n${bad}: bridge.port: is missing.\n` });
  });

  it("checks the key's file as the start does", async () => {
    const keyed = join(folder, "keyed.yml");
    const key = join(folder, "switchboard.key");
    writeFileSync(keyed, `storage: {path: ${join(folder, "data")}, keyFile: ${key}}\n`);
    const check = () => runCommandLine(["check-config", "-c", config, "-c", keyed, "-r", registration]);
    const missing = await check();
    writeFileSync(key, Buffer.alloc(32, 1), { mode: 0o640 });
    const open = await check();
    chmodSync(key, 0o600);

    expect(missing).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(`storage.keyFile: the file ${key} does not exist.`) });
    expect(open).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(`Run: chmod 600 ${key}`) });
    expect(await check()).toMatchObject({ exitCode: 0, stderr: "" });
  });

  it("names a file that is not there", async () => {
    const result = await runCommandLine(["check-config", "--config", "/nowhere/config.yml"]);

    expect(result).toMatchObject({ exitCode: 1, stderr: "Error in config:\n/nowhere/config.yml: does not exist.\n" });
  });
});
