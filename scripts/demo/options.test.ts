import { describe, expect, it } from "vitest";
import { DemoFailure } from "./failure.js";
import { helpText, readOptions } from "./options.js";

describe("the demo's options", () => {
  it("let it stay up on free ports unless told otherwise", () => {
    const options = readOptions([]);

    expect(options).toEqual({ isHelp: false, isOnce: false, homeserverPort: 0, webhookPort: 0, jiraPort: 0, timeoutMs: 30_000 });
  });

  it("are read", () => {
    const options = readOptions(["--once", "--homeserver-port", "8008", "--webhook-port=9000", "--jira-port", "8080", "--timeout", "5"]);

    expect(options).toEqual({ isHelp: false, isOnce: true, homeserverPort: 8008, webhookPort: 9000, jiraPort: 8080, timeoutMs: 5_000 });
  });

  it.each([
    { argv: ["--onec"], says: /^Unknown option '--onec'; .*--help/ },
    { argv: ["PLAY"], says: /^Unexpected argument 'PLAY'; .*--help/ },
    { argv: ["--jira-port", "65536"], says: /^--jira-port is "65536"; it must be a whole number from 1 to 65535\.$/ },
    { argv: ["--webhook-port", "http"], says: /^--webhook-port is "http"; / },
    { argv: ["--timeout", "0"], says: /^--timeout is "0"; / },
  ])("$argv is refused by name", ({ argv, says }) => {
    expect(() => readOptions(argv)).toThrow(DemoFailure);
    expect(() => readOptions(argv)).toThrow(says);
  });

  it.each(["--once", "--homeserver-port", "--webhook-port", "--jira-port", "--timeout"])("%s stands in the help", (option) => {
    expect(helpText).toContain(`  ${option} `);
  });
});
