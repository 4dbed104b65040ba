import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answerAsServer } from "../../test/support/control-answers.js";
import { addForwardsCommand } from "./devinfo-forwards.js";

const acceptedAt = Date.UTC(2026, 0, 2, 3, 4, 5);
const copy = { id: "c1", provider: "ci", acceptedAt, request: "POST /bulk", bytes: 5 };
const nothing = { count: 0, bytes: 0 };

let data: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "switchboard-forwards-"));
});

afterEach(() => {
  rmSync(data, { recursive: true });
});

async function run(...argv: readonly string[]): Promise<{ readonly exitCode: number | undefined; readonly stdout: string }> {
  let [stdout, exitCode]: [string, number | undefined] = ["", undefined];
  const program = new Command().exitOverride();
  const sink = { write: (text: string) => (stdout += text) };
  const io = { stdout: sink, stderr: sink, env: {}, process: { on: () => undefined, off: () => undefined } };
  addForwardsCommand(program, io, (code) => (exitCode = code));
  await program.parseAsync(["forwards", ...argv], { from: "user" });
  return { exitCode, stdout };
}

describe("switchboard devinfo forwards", () => {
  it("shows sites, what is wrong with them, and what they refused", async () => {
    const site = { id: "a1", url: "https://site.example", clientId: "client", from: ["ci", "jenkins"] };
    const failure = { reason: "it answered \u001b[31m503", at: acceptedAt };
    const asked = await answerAsServer(data, {
      targets: [
        { ...site, waiting: { count: 12, bytes: 5_000_000 }, dead: { count: 1, bytes: 9 }, oldest: copy, failure },
        { id: "b2", url: "https://gone.example", clientId: "client", waiting: { count: 1, bytes: 1 }, dead: nothing, oldest: copy },
      ],
      dead: [{ ...copy, id: "c0", target: "a1", reason: "it answered 400: bad", diedAt: acceptedAt }],
    });

    const { exitCode, stdout } = await run("--data", data);

    expect([exitCode, asked]).toEqual([0, ["GET /v1/devinfo/forwards"]]);
    expect(stdout).toBe(`ID  SITE                  CLIENT  FROM              WAITING          OLDEST                    DEAD
a1  https://site.example  client  ci, jenkins       12 (5 MiB)       2026-01-02T03:04:05.000Z  1
b2  https://gone.example  client  (not configured)  1 (under 1 MiB)  2026-01-02T03:04:05.000Z  0

https://site.example did not take it at 2026-01-02T03:04:05.000Z: it answered 503. First in line: c1, POST /bulk of ci.

Refused, the newest:
ID  SITE  ACCEPTED                  PROVIDER  REQUEST     WHY
c0  a1    2026-01-02T03:04:05.000Z  ci        POST /bulk  it answered 400: bad
`);
  });

  it.each([
    { title: "no site is configured", targets: [], text: "Nothing is copied: devinfo.forward names no site.\n" },
    {
      title: "all is well",
      targets: [{ id: "a1", url: "https://s.example", clientId: "c", from: ["ci"], waiting: nothing, dead: nothing }],
      text: "ID  SITE               CLIENT  FROM  WAITING  OLDEST  DEAD\na1  https://s.example  c       ci    0        -       0\n",
    },
  ])("says when $title", async ({ targets, text }) => {
    await answerAsServer(data, { targets, dead: [] });

    expect((await run("--data", data)).stdout).toBe(text);
  });

  it.each([
    ["replay", "Sending again: 2.\n"],
    ["discard", "Discarded: 2.\n"],
  ])("%s asks for a copy or a site, and says for how many", async (verb, text) => {
    const asked = await answerAsServer(data, { count: 2 });

    const { exitCode, stdout } = await run(verb, "a/1", "--data", data);

    expect([exitCode, stdout, asked]).toEqual([0, text, [`POST /v1/devinfo/forwards/a%2F1/${verb}`]]);
  });

  it("prints JSON for programs", async () => {
    await answerAsServer(data, { count: 2 });

    expect(JSON.parse((await run("replay", "c0", "--json", "--data", data)).stdout)).toEqual({ count: 2 });
  });

  it("does not print what does not fit", async () => {
    await answerAsServer(data, { targets: [{ id: 5 }], dead: [] });

    await expect(run("--data", data)).rejects.toThrow(/of another version/);
  });
});
