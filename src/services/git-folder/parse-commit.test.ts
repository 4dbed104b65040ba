import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FolderRig } from "../../../test/support/folder-rig.js";
import type { ReadCommit } from "../../core/repository-host.js";
import { parseCommit } from "./parse-commit.js";

const tree = `tree ${"4".repeat(40)}`;
const author = "author Ada Lovelace <ada@example.org> 1700000000 +0100";
const committer = "committer Grace <grace@example.org> 1700000500 -0500";
const id = "a".repeat(40);

function parse(lines: readonly (string | Buffer)[], message: string | Buffer = "PLAY-1\n", isCut = false): ReadCommit {
  const header = lines.flatMap((line) => [Buffer.from(line), Buffer.from("\n")]);
  return parseCommit({ id, content: Buffer.concat([...header, Buffer.from("\n"), Buffer.from(message)]), isCut }).commit;
}

describe("a commit", () => {
  it("tells its author, when it was made, and its message", () => {
    expect(parse([tree, author, committer], "PLAY-1 what\n\nwhy\n")).toEqual({
      ...{ id, message: "PLAY-1 what\n\nwhy\n", authoredAt: 1_700_000_000_000, isMerge: false },
      author: { name: "Ada Lovelace", email: "ada@example.org" },
    });
  });

  it.each([0, 1, 2, 8])("tells what it was made upon, and whether it is a merge: %s parents", (count) => {
    const parents = Array.from({ length: count }, (_, index) => String(index).repeat(40));
    const content = Buffer.from([tree, ...parents.map((parent) => `parent ${parent}`), author, committer, "", "x"].join("\n"));

    const parsed = parseCommit({ id, content, isCut: false });

    expect(parsed.parents).toEqual(parents);
    expect(parsed.commit.isMerge).toBe(count > 1);
  });

  it.each([
    { line: "author Ada <> 1700000000 +0000", person: { name: "Ada" } },
    { line: "author  <ada@example.org> 1700000000 +0000", person: { email: "ada@example.org" } },
    { line: "author <> 1700000000 +0000", person: {} },
    { line: "author Ada 1700000000 +0000", person: { name: "Ada 1700000000 +0000" }, at: 1_700_000_500_000 },
    { line: "author A <b> <ada@example.org> 1700000000 +0000", person: { name: "A", email: "b> <ada@example.org" } },
    { line: "author > < 1 +0", person: { name: ">" }, at: 1_700_000_500_000 },
    { line: "author A\tda\u0001 <ada\u0000@example.org> 1700000000 +0000", person: { name: "A da", email: "ada @example.org" } },
    { line: `author ${"x".repeat(1_000)} <a@b> 1700000000 +0000`, person: { name: "x".repeat(255), email: "a@b" } },
    { line: "nobody", person: {}, at: 1_700_000_500_000 },
  ])("takes of its author what can be made out: $line", ({ line, person, at = 1_700_000_000_000 }) => {
    expect(parse([tree, line, committer])).toMatchObject({ author: person, authoredAt: at });
    expect(Object.keys(parse([tree, line, committer]).author)).toEqual(Object.keys(person));
  });

  it.each(["99999999999999999999", "253402300800", "999999999999999", "-1", "1e3", "", "now", "1700000000x"])(
    "was made when it was committed if its own time is none: %j",
    (time) => {
      expect(parse([tree, `author A <a@b> ${time} +0000`, committer]).authoredAt).toBe(1_700_000_500_000);
      expect(parse([tree, `author A <a@b> ${time} +0000`, `committer A <a@b> ${time} +0000`]).authoredAt).toBe(0);
    },
  );

  it.each([
    { seconds: "0", at: 0 },
    { seconds: "253402300799", at: 253_402_300_799_000 },
  ])("may be very old or far ahead: $seconds", ({ seconds, at }) => {
    expect(parse([tree, `author A <a@b> ${seconds} +0000`, committer]).authoredAt).toBe(at);
  });

  const encodings = [
    { title: "UTF-8", bytes: Buffer.from("Größe 💡"), text: "Größe 💡" },
    { title: "ISO 8859-1 that says so", encoding: "ISO-8859-1", bytes: Buffer.from("Größe", "latin1"), text: "Größe" },
    { title: "ISO 8859-1 that does not say so", bytes: Buffer.from("Größe", "latin1"), text: "Größe" },
    { title: "Japanese", encoding: "Shift_JIS", bytes: Buffer.from([0x93, 0xfa, 0x96, 0x7b]), text: "日本" },
    { title: "Russian", encoding: "KOI8-R", bytes: Buffer.from([0xf0, 0xf2]), text: "ПР" },
    { title: "an encoding that nobody knows", encoding: "x-none", bytes: Buffer.from("Größe"), text: "Größe" },
    { title: "UTF-8 that says otherwise", encoding: "ASCII-7", bytes: Buffer.from("Größe"), text: "Größe" },
    { title: "an encoding that stands for nothing", encoding: "replacement", bytes: Buffer.from("x"), text: "x" },
  ];
  it.each(encodings)("may be in $title", ({ encoding, bytes, text }) => {
    const name = Buffer.concat([Buffer.from("author "), bytes, Buffer.from(" <a@b> 1700000000 +0000")]);

    const commit = parse([tree, name, committer, ...(encoding === undefined ? [] : [`encoding ${encoding}`])], bytes);

    expect([commit.author.name, commit.message]).toEqual([text, text]);
  });

  it("keeps lines, and no control characters", () => {
    expect(parse([tree, author, committer], "one\r\ntwo\rthree\tfour\u0000\u0007\u001b[31mfive\u0085\n").message).toBe(
      "one\ntwo\nthree\tfour[31mfive\n",
    );
  });

  it("loses half a character when it is cut, and stays UTF-8", () => {
    const bytes = Buffer.from("Größe 💡");

    for (const cut of [1, 2, 3]) expect(parse([tree, author, committer], bytes.subarray(0, -cut), true).message).toBe("Größe ");
    expect(parse([tree, author, committer], Buffer.from("Größé", "latin1"), false).message).toBe("Größé");
  });

  it("takes nothing out of signatures and tags that it carries, or out of its message", () => {
    const signature = ["gpgsig -----BEGIN PGP SIGNATURE-----", " author Eve <eve@example.org> 1 +0000", " -----END PGP SIGNATURE-----"];
    const tag = [`mergetag object ${"5".repeat(40)}`, ` parent ${"6".repeat(40)}`, " tagger Eve <eve@example.org> 1 +0000"];
    const content = Buffer.from([tree, ...signature, ...tag, author, committer, "", `parent ${"7".repeat(40)}`, ""].join("\n"));

    const { commit, parents } = parseCommit({ id, content, isCut: false });

    expect([commit.author.name, commit.message, parents]).toEqual(["Ada Lovelace", `parent ${"7".repeat(40)}\n`, []]);
  });

  it.each(["", "\n", "\n\n", "tree", "author", "author \n\n", "\u0000\u0000"])("may be nonsense: %j", (content) => {
    const { commit } = parseCommit({ id, content: Buffer.from(content), isCut: false });

    expect(commit).toMatchObject({ id, authoredAt: 0, isMerge: false, author: {} });
  });

  it("takes no time to speak of, however it is made", () => {
    const blanks = Buffer.from(`author ${" ".repeat(30_000)}<${"<".repeat(30_000)} ${" ".repeat(30_000)}`);
    const start = Date.now();

    parse([tree, blanks, committer], "\r".repeat(30_000));

    expect(Date.now() - start).toBeLessThan(1_000);
  });
});

describe("a commit of a real repository", () => {
  let rig: FolderRig;
  beforeEach(() => {
    rig = new FolderRig();
  });
  afterEach(() => rig.folder.remove());

  it("may have a message of any size, of which the beginning is read, and any bytes", async () => {
    const repository = rig.folder.init("app");
    const object = (message: string | Buffer): Buffer =>
      Buffer.concat([Buffer.from(`tree ${emptyTree}\n${author}\n${committer}\n\n`), Buffer.from(message)]);
    const emptyTree = repository.feed("", "hash-object", "-t", "tree", "-w", "--stdin");
    const add = (branch: string, message: string | Buffer): string => {
      const made = repository.feed(object(message), "hash-object", "-t", "commit", "-w", "--literally", "--stdin");
      return repository.feed(`create refs/heads/${branch} ${made}\n`, "update-ref", "--stdin");
    };
    add("long", `PLAY-1 ${"é".repeat(4 * 1024 * 1024)}`);
    add("nul", "PLAY-2 \u0000PLAY-3\n");
    add("header", "x 1\n");
    add("latin", Buffer.from("PLAY-4 é", "latin1"));
    add("none", "");

    const { branches, commits } = await rig.read(repository.path);

    expect(commits).toHaveLength(5);
    const messages = new Map(branches.map(({ name, lastCommit }) => [name, lastCommit.message]));
    expect(messages.get("long")).toMatch(/^PLAY-1 é{16000,}$/);
    expect([...messages].filter(([name]) => name !== "long")).toEqual([
      ["header", "x 1\n"],
      ["latin", "PLAY-4 é"],
      ["none", ""],
      ["nul", "PLAY-2 PLAY-3\n"],
    ]);
  });
});
