import { describe, expect, it } from "vitest";
import { mayHoldSmartCommits, parseSmartCommits } from "./smart-commits.js";

/** In short: `PLAY-1 comment: text`, `PLAY-1 time 2h: text`, `PLAY-1 move close`, `PLAY-1 comment?` where there is none. */
function read(message: string): readonly string[] {
  return parseSmartCommits(message).map(({ issueKey, word, command, after }) => {
    const follows = after === undefined ? "" : ` after ${after}`;
    if (command === undefined) return `${issueKey} ${word}?`;
    if (command.kind === "comment") return `${issueKey} comment${follows}: ${command.text}`;
    if (command.kind === "time") return `${issueKey} time ${command.spent}: ${command.text}`;
    return `${issueKey} move ${command.name}`;
  });
}

describe("smart commits in a message", () => {
  it.each([
    // Atlassian's own examples.
    ["JRA-34 #comment corrected indent issue", ["JRA-34 comment: corrected indent issue"]],
    ["JRA-34 #time 1w 2d 4h 30m Total work logged", ["JRA-34 time 1w 2d 4h 30m: Total work logged"]],
    ["JRA-090 #close Fixed this today", ["JRA-090 move close", "JRA-090 comment after 0: Fixed this today"]],
    [
      "JRA-123 #time 2d 5h #comment Task completed ahead of schedule #resolve",
      ["JRA-123 time 2d 5h: ", "JRA-123 comment: Task completed ahead of schedule", "JRA-123 move resolve"],
    ],
    ["JRA-123 JRA-234 JRA-345 #resolve", ["JRA-123 move resolve", "JRA-234 move resolve", "JRA-345 move resolve"]],
    [
      "JRA-123 JRA-234 #resolve #time 2d 5h",
      ["JRA-123 move resolve", "JRA-234 move resolve", "JRA-123 time 2d 5h: ", "JRA-234 time 2d 5h: "],
    ],
    // A command ends with its line, and each line names its own issues.
    ["JRA-1 #comment really, and I\nmean really, long #time 2d", ["JRA-1 comment: really, and I"]],
    ["JRA-1 #comment one\r\nJRA-2 #start-progress\rJRA-3 #time 1h", ["JRA-1 comment: one", "JRA-2 move start-progress", "JRA-3 time 1h: "]],
    ["JRA-1\n#close", []],
    ["JRA-1 #comment a\u2028#close", ["JRA-1 comment: a"]],
    // What stands around the keys.
    ["fix(core): ignored JRA-1, ignored (#12) #close", ["JRA-1 move close"]],
    ["[JRA-1] #close", ["JRA-1 move close"]],
    ["#JRA-1 #close", ["JRA-1 move close"]],
    ["jra-1 #Close", ["JRA-1 move Close"]],
    ["JRA-1 JRA-1 jra-1 #close", ["JRA-1 move close"]],
    ["feature/JRA-1-door #close", ["JRA-1 move close"]],
    ["ÄPFEL-7 #schließen", ["ÄPFEL-7 move schließen"]],
    ["#close JRA-1", []],
    ["#close JRA-1 #reopen", ["JRA-1 move reopen"]],
    ["no key #close", []],
    ["P-1 #close", []],
    // Behind a command keys are text.
    ["JRA-1 #comment as in JRA-2 and #JRA-3", ["JRA-1 comment: as in JRA-2 and #JRA-3"]],
    ["JRA-1 #close JRA-2 #comment x", ["JRA-1 move close", "JRA-1 comment after 0: JRA-2", "JRA-1 comment: x"]],
    // What is no command.
    ["JRA-1 fixes #12", []],
    ["JRA-1 #comment see #42, #1a and #channel. or a#b", ["JRA-1 comment: see #42, #1a and #channel. or a#b"]],
    ["JRA-1 # close ## #- #_x #!", []],
    ["JRA-1#close", []],
    [`JRA-1 #${"a".repeat(100)} #${"b".repeat(101)}`, [`JRA-1 move ${"a".repeat(100)}`, `JRA-1 comment after 0: #${"b".repeat(101)}`]],
    // Texts.
    ["JRA-1 #COMMENT \t two   blanks\t ", ["JRA-1 comment: two blanks"]],
    ["JRA-1 #comment", ["JRA-1 comment?"]],
    ["JRA-1 #comment #time", ["JRA-1 comment?", "JRA-1 time?"]],
    ["JRA-1 #comment a\u0000b\u001b[31m", ["JRA-1 comment: a b [31m"]],
    ["JRA-1 #comment half \ud800", ["JRA-1 comment: half \ufffd"]],
    ["JRA-1 #comment <b>{code}[~ada]</b>", ["JRA-1 comment: <b>{code}[~ada]</b>"]],
    ["", []],
  ])("%j: %j", (message, expected) => {
    expect(read(message)).toEqual(expected);
  });

  it.each([
    ["2h", "2h", ""],
    ["2H 30M", "2h 30m", ""],
    ["30m 2h note", "30m 2h", "note"],
    ["1.5h", "1.5h", ""],
    ["0.25d", "0.25d", ""],
    ["1h 2h", "1h", "2h"],
    ["1w 0m x 3h", "1w 0m", "x 3h"],
    ["1h, then more", undefined, ""],
    ["0m", undefined, ""],
    ["0h 0m", undefined, ""],
    ["2h30m", undefined, ""],
    ["2 h", undefined, ""],
    ["1,5h", undefined, ""],
    ["-2h", undefined, ""],
    ["99999h", undefined, ""],
    ["1.234h", undefined, ""],
    [".5h", undefined, ""],
    ["2y", undefined, ""],
    ["١h", undefined, ""],
    ["lots", undefined, ""],
  ])("read the time of %j as %j", (typed, spent, text) => {
    const [command] = parseSmartCommits(`PLAY-1 #time ${typed}`);

    expect(command?.command).toEqual(spent === undefined ? undefined : { kind: "time", spent, text });
  });

  it("say what a command lacks", () => {
    expect(parseSmartCommits("PLAY-1 #comment #time soon").map(({ problem }) => problem)).toEqual([
      "There is no text behind `#comment`.",
      "There is no time such as `2h 30m` behind `#time`.",
    ]);
  });

  it("are fifty of one message, for twenty issues of one line", () => {
    const keys = Array.from({ length: 30 }, (_, index) => `PLAY-${index}`).join(" ");

    const found = parseSmartCommits(`${keys} #a #b #c #d`);

    expect(found).toHaveLength(50);
    expect(new Set(found.map(({ issueKey }) => issueKey)).size).toBe(20);
  });

  it("have texts of 2,000 characters", () => {
    const [command] = parseSmartCommits(`PLAY-1 #comment ${"\u{1f600}".repeat(5_000)}`);

    expect(command?.command).toEqual({ kind: "comment", text: "\u{1f600}".repeat(2_000) });
  });

  it.each([
    ["hash signs", "#".repeat(200_000)],
    ["hash signs and blanks", "# ".repeat(100_000)],
    ["commands without a key", "#a ".repeat(70_000)],
    ["commands", `AB-1 ${"#a ".repeat(70_000)}`],
    ["one long command", `AB-1 #${"a-".repeat(100_000)}`],
    ["letters", `AB-1 #comment ${"a".repeat(200_000)}`],
    ["a key that never ends", `${"A".repeat(300)}-`.repeat(300)],
    ["times", `AB-1 #time ${"1h ".repeat(60_000)}`],
    ["digits", `AB-1 #time ${"1".repeat(200_000)}`],
    ["lines", "AB-1 #a\n".repeat(25_000)],
    ["blanks", " \t".repeat(100_000)],
  ])("are sought in %s in a short time", (_what, message) => {
    const startedAt = performance.now();

    parseSmartCommits(message);

    expect(performance.now() - startedAt).toBeLessThan(500);
  });

  it.each([
    ["PLAY-1 #close", true],
    ['{"message":"PLAY-1 #12 done #"}', false],
    ["", false],
  ])("may be in %j: %s", (text, expected) => {
    expect(mayHoldSmartCommits(text)).toBe(expected);
  });
});
