import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { runCommandLine } from "../../test/support/cli-run.js";

let folder: string;
let output: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "switchboard-registration-"));
  output = join(folder, "registration.yml");
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function tokensIn(text: string): readonly (string | undefined)[] {
  return ["as_token", "hs_token"].map((key) => new RegExp(`^${key}: ([0-9a-z]{64})$`, "m").exec(text)?.[1]);
}

describe("switchboard registration", () => {
  it("writes a file for its owner only, with two random tokens", async () => {
    const result = await runCommandLine(["registration", "--output", output, "--domain", "example.org"]);

    const text = readFileSync(output, "utf8");
    expect(result).toMatchObject({ exitCode: 0, stderr: "" });
    expect(statSync(output).mode & 0o777).toBe(0o600);
    expect(new Set(tokensIn(text)).size).toBe(2);
    expect(tokensIn(text)).not.toContain(undefined);
    for (const token of tokensIn(text)) expect(result.stdout).not.toContain(token);
  });

  it("makes a file that the loader takes", async () => {
    await runCommandLine(["registration", "--output", output, "--domain", "example.org", "--url", "http://switchboard:9993"]);

    const check = await runCommandLine(["check-config", "config.sample.yml", output]);

    expect(check.exitCode).toBe(0);
    expect(check.stdout).not.toContain(output);
  });

  it("takes port, domain and service bots from a configuration", async () => {
    const config = join(folder, "config.yml");
    writeFileSync(
      config,
      `bridge: {domain: chat.example.org, url: http://localhost:8008, port: 7000}
listeners: [{port: 9000}]
serviceBots: [{localpart: news.bot, prefix: '!news', service: feeds}]
`,
    );

    const { stdout } = await runCommandLine(["registration", "--config", config, "--output", "-"]);

    expect(stdout).toContain("url: http://localhost:7000\n");
    expect(stdout).toContain('regex: "@news\\\\.bot:chat\\\\.example\\\\.org"');
    expect(stdout).toContain("receive_ephemeral: true\n");
    expect(stdout).toContain("rate_limited: false\n");
  });

  it("takes them from ./config.yml where it is there and no other is named", async () => {
    writeFileSync(join(folder, "config.yml"), "{bridge: {domain: a, url: http://localhost:8008, port: 7000}, listeners: [{port: 9000}]}");
    const before = process.cwd();
    process.chdir(folder);
    onTestFinished(() => process.chdir(before));

    const { stdout } = await runCommandLine(["registration", "--output", "-"]);

    expect(stdout).toContain("url: http://localhost:7000\n");
  });

  it("never overwrites a file", async () => {
    writeFileSync(output, "old");

    const result = await runCommandLine(["registration", "--output", output]);

    expect(result).toMatchObject({ exitCode: 1, stdout: "" });
    expect(result.stderr).toContain("is there already");
    expect(readFileSync(output, "utf8")).toBe("old");
  });

  it("overwrites with --force, and takes others' right to read away", async () => {
    writeFileSync(output, "old");
    chmodSync(output, 0o644);

    const result = await runCommandLine(["registration", "--output", output, "--force"]);

    expect(result.exitCode).toBe(0);
    expect(readFileSync(output, "utf8")).toContain("as_token: ");
    expect(statSync(output).mode & 0o777).toBe(0o600);
  });

  it("says why a file cannot be written", async () => {
    const result = await runCommandLine(["registration", "--output", join(folder, "nowhere", "registration.yml")]);

    expect(result).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("cannot be written: ENOENT") });
  });
});
