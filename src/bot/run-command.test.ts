import { describe, expect, it } from "vitest";
import { alice, messageEvent, room, work } from "../../test/support/bot-fakes.js";
import { StorageError, ValidationError } from "../core/errors.js";
import type { RoomWork } from "../core/ports/room-work.js";
import { createMarkdownRenderer, markdown } from "../shared/markdown.js";
import { findCommand, usageOf, type Command } from "./command.js";
import { createAnswerStyles } from "./replies.js";
import { runCommand } from "./run-command.js";

const styles = createAnswerStyles(createMarkdownRenderer());
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

function command(name: string, extra: Partial<Command> = {}): Command {
  return { name, arguments: [], help: "", run: async () => markdown`ran ${name}`, ...extra };
}

describe("a command that changes something at a remote", () => {
  const changing = command("create", {
    async run({ begin }) {
      await begin();
      return markdown`created`;
    },
  });

  async function run(extra: Partial<RoomWork>): Promise<unknown> {
    const call = { work: work(messageEvent("create"), extra), room: { roomId: room, bots: [] }, actor: alice, words: [] };
    const [message] = await runCommand(changing, call, { style: styles.own, log });
    return message?.content["body"];
  }

  it("is marked begun when it begins", async () => {
    let marked = 0;

    expect(await run({ markBegun: async () => void (marked += 1) })).toBe("created");
    expect(marked).toBe(1);
  });

  it("is not run again after a crash, and the person is told that the outcome is unknown", async () => {
    const markBegun = (): Promise<void> => Promise.reject(new Error("It was begun a second time"));

    expect(await run({ begun: true, markBegun })).toBe(
      "This command was interrupted, and whether it changed anything is not known. Look whether it did before you send it again.",
    );
  });

  it("waits for the disk that did not take the mark, and has changed nothing", async () => {
    const refused = new StorageError("The disk is full.");

    await expect(run({ markBegun: () => Promise.reject(refused) })).rejects.toBe(refused);
  });

  it("is told as failed where the mark is there and the remote refuses", async () => {
    const failing = command("create", {
      run: async ({ begin }) => {
        await begin();
        throw new ValidationError("There is no such type.");
      },
    });
    const call = { work: work(messageEvent("create")), room: { roomId: room, bots: [] }, actor: alice, words: [] };

    const messages = await runCommand(failing, call, { style: styles.connection, log });

    expect(messages.map(({ content }) => content["body"])).toEqual([undefined, "Failed to handle command: There is no such type."]);
  });
});

describe("a command whose words are secret", () => {
  it("has of an unexpected error only the place logged", async () => {
    const lines: object[] = [];
    const leaking = command("token", { takesSecret: true, run: () => Promise.reject(new TypeError("bad header: s3cret\n  s3cret")) });
    const call = { work: work(messageEvent("token s3cret")), room: { roomId: room, bots: [] }, actor: alice, words: ["s3cret"] };

    await runCommand(leaking, call, { style: styles.admin, log: { ...log, error: (fields) => void lines.push(fields) } });

    expect(lines).toMatchObject([{ eventId: "$command", place: expect.arrayContaining(["TypeError"]) }]);
    expect(JSON.stringify(lines)).not.toContain("s3cret");
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
