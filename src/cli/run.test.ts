import { describe, expect, it } from "vitest";
import { runCommandLine } from "../../test/support/cli-run.js";

describe("the command line", () => {
  it.each([
    [],
    ["init"],
    ["start"],
    ["check-config"],
    ["registration"],
    ["deliveries"],
    ["deliveries", "list"],
    ["deliveries", "show"],
    ["deliveries", "replay"],
    ["deliveries", "discard"],
    ["token"],
    ["token", "create"],
    ["token", "list"],
    ["token", "revoke"],
    ["hash-password"],
  ])("%s %s helps on standard output", async (...words) => {
    const result = await runCommandLine([...words, "--help"]);

    expect(result).toMatchObject({ exitCode: 0, stderr: "" });
    expect(result.stdout).toContain(`Usage: switchboard ${words.join(" ")}`.trim());
  });

  it("shows examples in its help", async () => {
    expect((await runCommandLine(["--help"])).stdout).toContain("$ switchboard config.yml registration.yml");
  });

  it("prints the version", async () => {
    expect(await runCommandLine(["--version"])).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it.each([
    { title: "nothing", argv: [], says: "Usage: switchboard" },
    { title: "an unknown command", argv: ["strat"], says: "unknown command 'strat'" },
    { title: "an unknown flag", argv: ["start", "--confg", "x"], says: "unknown option '--confg'" },
    { title: "a flag without its value", argv: ["start", "--config"], says: "argument missing" },
    { title: "files in both ways", argv: ["start", "--config", "a.yml", "b.yml"], says: "not both" },
    {
      title: "an unknown state",
      argv: ["deliveries", "list", "--state", "lost"],
      says: "Allowed choices are waiting, sent, dead, discarded",
    },
    { title: "a limit that is none", argv: ["deliveries", "list", "--limit", "many"], says: "whole number from 1 to 500" },
    { title: "a token without a name", argv: ["token", "create", "--scope", "provisioning"], says: "required option '--name <name>'" },
    { title: "a token without a scope", argv: ["token", "create", "--name", "ci"], says: "required option '--scope <api>'" },
    {
      title: "an end that is none",
      argv: ["token", "create", "--name", "ci", "--scope", "provisioning", "--expires", "soon"],
      says: "a time such as 90d, 12h or 8w, or a date such as 2027-01-31",
    },
    { title: "no id", argv: ["deliveries", "show"], says: "missing required argument 'id'" },
  ])("$title ends as a usage error", async ({ argv, says }) => {
    const result = await runCommandLine(argv);

    expect(result).toMatchObject({ exitCode: 2, stdout: "" });
    expect(result.stderr).toContain(says);
  });
});
