import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { runCommandLine, type CliResult } from "../../test/support/cli-run.js";
import { isPasswordOf, parsePasswordHash } from "../shared/password-hash.js";
import { CommandFailure } from "./failure.js";
import type { TextSource } from "./io.js";

function hashFrom(...chunks: readonly (Buffer | string)[]): Promise<CliResult> {
  return runCommandLine(["hash-password"], { stdin: Readable.from(chunks) });
}

async function knows(printed: string, password: string): Promise<boolean> {
  const hash = parsePasswordHash(printed.trimEnd());
  return hash === undefined ? expect.fail(`${printed} is no hash`) : isPasswordOf(hash, password);
}

/** A terminal at which somebody types these answers. */
function typing(...answers: readonly string[]) {
  const left = [...answers];
  const seen = { questions: [] as string[], outputs: [] as (string | undefined)[], isClosed: false };
  const openTerminal = (output?: "stdout" | "stderr") => {
    seen.outputs.push(output);
    return {
      async ask(question: string, isHidden = false) {
        seen.questions.push(`${question}${isHidden ? "(hidden)" : ""}`);
        return left.shift() ?? Promise.reject(new CommandFailure("Ended by you; nothing was written."));
      },
      close: () => void (seen.isClosed = true),
    };
  };
  return { seen, openTerminal };
}

describe("switchboard hash-password", () => {
  it("asks twice, hidden, beside standard output, which gets the hash alone", async () => {
    const { seen, openTerminal } = typing("planted pässword", "planted pässword");

    const { exitCode, stdout, stderr } = await runCommandLine(["hash-password"], { openTerminal });

    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^\$scrypt\$\S+\n$/);
    expect(await knows(stdout, "planted pässword")).toBe(true);
    expect(seen).toEqual({ questions: ["Password: (hidden)", "Again: (hidden)"], outputs: ["stderr"], isClosed: true });
  });

  it.each([
    { title: "two passwords", answers: ["planted", "plantet"], says: "two different passwords" },
    { title: "no password", answers: ["", ""], says: "is empty" },
    { title: "nobody who answers", answers: ["planted"], says: "Ended by you" },
  ])("makes nothing of $title", async ({ answers, says }) => {
    const { seen, openTerminal } = typing(...answers);

    const { exitCode, stdout, stderr } = await runCommandLine(["hash-password"], { openTerminal });

    expect([exitCode, stdout, seen.isClosed]).toEqual([1, "", true]);
    expect(stderr).toContain(says);
    expect(stderr).not.toContain("plante");
  });

  it.each([
    { title: "a line", chunks: ["password\n"] },
    { title: "a line without its end", chunks: ["password"] },
    { title: "a line of Windows", chunks: ["password\r\n"] },
    { title: "the first of several lines", chunks: ["pass", "word\nsecond\n", "third"] },
  ])("reads $title where nobody types", async ({ chunks }) => {
    const { exitCode, stdout } = await hashFrom(...chunks);

    expect(exitCode).toBe(0);
    expect(await knows(stdout, "password")).toBe(true);
  });

  it("keeps characters whole that come in two pieces, and spaces", async () => {
    const bytes = Buffer.from(" ä \n");

    const { stdout } = await hashFrom(bytes.subarray(0, 2), bytes.subarray(2));

    expect(await knows(stdout, " ä ")).toBe(true);
  });

  it.each([
    { title: "nothing", stdin: Readable.from([]), says: "is empty" },
    { title: "an empty line", stdin: Readable.from(["\nplanted"]), says: "is empty" },
    { title: "what is no text", stdin: Readable.from([Buffer.from([0xff, 0x0a])]), says: "no text in UTF-8" },
    { title: "too much", stdin: Readable.from(["planted".repeat(1000)]), says: "4096 bytes at most" },
    {
      title: "what somebody would type for all to see",
      stdin: Object.assign(Readable.from(["planted\n"]), { isTTY: true }),
      says: "is not a terminal",
    },
    { title: "no input at all", stdin: undefined, says: "no input" },
  ] satisfies { title: string; stdin: TextSource | undefined; says: string }[])("makes nothing of $title", async ({ stdin, says }) => {
    const { exitCode, stdout, stderr } = await runCommandLine(["hash-password"], stdin === undefined ? {} : { stdin });

    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(says);
    expect(stderr).not.toContain("planted");
  });
});
