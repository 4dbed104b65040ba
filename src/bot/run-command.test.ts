import { describe, expect, it } from "vitest";
import { alice, messageEvent, room, work } from "../../test/support/bot-fakes.js";
import { createMarkdownRenderer, markdown } from "../shared/markdown.js";
import { findCommand, usageOf, type Command } from "./command.js";
import { createAnswerStyles } from "./replies.js";
import { runCommand } from "./run-command.js";

const styles = createAnswerStyles(createMarkdownRenderer());
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

function command(name: string, extra: Partial<Command> = {}): Command {
  return { name, arguments: [], help: "", effect: "nothing", run: async () => markdown`ran ${name}`, ...extra };
}

describe("a command that changes something at a remote", () => {
  const changing = command("create", { effect: "remote" });

  async function run(begun: boolean): Promise<{ readonly marked: number; readonly body: unknown }> {
    let marked = 0;
    const call = {
      work: work(messageEvent("create"), { begun, markBegun: async () => void (marked += 1) }),
      room: { roomId: room, bots: [] },
      actor: alice,
      words: [],
    };
    const [message] = await runCommand(changing, call, { style: styles.own, log });
    return { marked, body: message?.content["body"] };
  }

  it("is marked begun before it runs", async () => {
    expect(await run(false)).toEqual({ marked: 1, body: "ran create" });
  });

  it("is not run again after a crash, and the person is told that the outcome is unknown", async () => {
    expect(await run(true)).toEqual({
      marked: 0,
      body: "This command was interrupted, and whether it changed anything is not known. Look there before you send it again.",
    });
  });
});

describe("findCommand", () => {
  const commands = [command("feed"), command("feed list"), command("help")];

  it.each<[readonly string[], string | undefined, readonly string[]]>([
    [["feed", "https://x"], "feed", ["https://x"]],
    [["Feed", "LIST", "json"], "feed list", ["json"]],
    [["feed"], "feed", []],
    [["feeds"], undefined, []],
    [[], undefined, []],
  ])("finds in %j the longest name", (words, name, rest) => {
    const found = findCommand(commands, words);

    expect(found?.command.name).toBe(name);
    expect(found?.words ?? []).toEqual(rest);
  });
});

it("shows how a command is typed", () => {
  const args = [
    { name: "url", required: true },
    { name: "label", required: false },
  ];

  expect(usageOf({ name: "feed", arguments: args }, "!hookshot")).toBe("!hookshot feed <url> [label]");
});

it("tells how to type a command of ours that lacks an argument", async () => {
  const lacking = command("!log", { arguments: [{ name: "count", required: true }] });
  const call = { work: work(messageEvent("!log")), room: { roomId: room, bots: [] }, actor: alice, words: [] };

  const [message] = await runCommand(lacking, call, { style: styles.own, log });

  expect(message?.content["body"]).toBe("Something is missing. Type it like this: `!log <count>`.");
});
