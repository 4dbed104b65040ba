import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { CommandFailure } from "./failure.js";
import { openTerminal, type Terminal } from "./terminal.js";

interface Rig {
  readonly terminal: Terminal;
  type(text: string): void;
  shown(): string;
}

function open(): Rig {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const output = Object.assign(new PassThrough(), { isTTY: true });
  let shown = "";
  output.on("data", (chunk: Buffer) => (shown += chunk.toString("utf8")));
  const terminal = openTerminal(input, output);
  return { terminal: terminal ?? expect.fail("nobody can be asked"), type: (text) => void input.write(text), shown: () => shown };
}

describe("asking at a terminal", () => {
  it("shows the question and what is typed", async () => {
    const { terminal, type, shown } = open();

    const answer = terminal.ask("Name [x]: ");
    type("example.org\r");

    expect(await answer).toBe("example.org");
    expect(shown()).toContain("Name [x]: ");
    expect(shown()).toContain("example.org");
    terminal.close();
  });

  it("shows the question and nothing of a hidden answer, nor later on", async () => {
    const { terminal, type, shown } = open();

    const secret = terminal.ask("Token: ", true);
    type("planted-wrong\u007f\u007f\u007f\u007f\u007ftoken\r");
    expect(await secret).toBe("planted-token");
    const next = terminal.ask("Next: ");
    // The arrow up would fetch an earlier answer.
    type("\u001b[A\r");

    expect(await next).toBe("");
    expect(shown()).toContain("Token: ");
    expect(shown()).toContain("Next: ");
    expect(shown()).not.toContain("planted");
    terminal.close();
  });

  it("keeps lines that were pasted together for the questions that follow", async () => {
    const { terminal, type } = open();

    const first = terminal.ask("First: ");
    type("one\rtwo\r\rfour\r");

    expect([await first, await terminal.ask("Second: "), await terminal.ask("Third: "), await terminal.ask("Fourth: ")]).toEqual([
      ...["one", "two", "", "four"],
    ]);
    terminal.close();
  });

  it.each([
    { key: "Ctrl-C", typed: "\u0003" },
    { key: "Ctrl-D", typed: "\u0004" },
  ])("ends with a sentence on $key", async ({ typed }) => {
    const { terminal, type } = open();

    const answer = terminal.ask("Name: ");
    type(typed);

    await expect(answer).rejects.toThrow(CommandFailure);
  });

  it.each([
    { input: true, output: undefined },
    { input: undefined, output: true },
    { input: false, output: false },
  ])("asks nobody where input is a terminal ($input) and output is one ($output)", ({ input, output }) => {
    const stream = (isTTY: boolean | undefined) => Object.assign(new PassThrough(), isTTY === undefined ? {} : { isTTY });

    expect(openTerminal(stream(input), stream(output))).toBeUndefined();
  });
});
