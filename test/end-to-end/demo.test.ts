import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** Folders of demos in the scratch folder; a demo that somebody has running beside the tests keeps its own. */
function demoFolders(): readonly string[] {
  const scratch = `${repository}.scratch`;
  return existsSync(scratch) ? readdirSync(scratch).filter((name) => name.startsWith("demo-")) : [];
}

describe("npm run demo -- --once", () => {
  it("ends well, shows the commands, the connection, the login and the messages of the rooms, and leaves nothing behind", async () => {
    const before = demoFolders();

    // Rejects for an exit code other than 0, with what was written.
    const { stdout } = await promisify(execFile)("npm", ["run", "--silent", "demo", "--", "--once"], { cwd: repository });

    expect(stdout).toMatch(/@ada:localhost +m\.room\.message +!connect jira PLAY\n/);
    expect(stdout).toMatch(/@switchboard:localhost +uk\.half-shot\.matrix-hookshot\.jira\.project\n +\[http:\S+\/projects\/PLAY\]/);
    expect(stdout).toMatch(/@switchboard:localhost +m\.room\.message +Bo Example created a new JIRA issue \[PLAY-1\]/);
    expect(stdout).toMatch(/@switchboard:localhost +m\.room\.message +Bo Example updated JIRA \[PLAY-1\]/);
    expect(stdout).toMatch(/@ada:localhost +m\.room\.message +jira token main <token>\n/);
    expect(stdout).toMatch(/@switchboard:localhost +m\.room\.redaction +removes a message/);
    expect(stdout).toContain("Of Ada's message the homeserver now has {}.");
    expect(stdout).toMatch(/@switchboard:localhost +m\.room\.message +Created JIRA issue PLAY-2: /);
    expect(stdout).toMatch(/@switchboard:localhost +m\.room\.message +Ada Example updated JIRA \[PLAY-2\]/);
    expect(stdout).toMatch(/The stand-in now has PLAY-2 "[^"]+": In Progress, made by Ada Example, assigned to Ada Example\./);
    expect(demoFolders()).toEqual(before);
  });
});
