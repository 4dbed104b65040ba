import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PlayedRooms } from "../../../test/support/github-rooms.js";
import type { Connection } from "../../core/connection.js";
import { RemoteError } from "../../core/errors.js";
import { issueRoomTask } from "./issue-room-waiting.js";

const ada = "@ada:example.org";
const bo = "@bo:example.org";

let rooms: PlayedRooms;

beforeEach(async () => {
  rooms = await PlayedRooms.start();
  await rooms.setting.gitHub.createIssue("octo/hello", "It squeaks", "ada", { body: "Loudly." });
  await rooms.settle();
});

afterEach(() => rooms.stop());

function issueRoom(state: Readonly<Record<string, unknown>> = {}): Connection {
  return rooms.add("issue", { org: "octo", repo: "hello", issues: ["1"], state: "open", comments_processed: -1, ...state });
}

/** A room that was told what the issue says. */
async function filledRoom(): Promise<Connection> {
  const connection = issueRoom();
  await rooms.kind("issue").changed?.(connection, undefined, rooms.setting.context);
  await rooms.settle();
  rooms.setting.advance(120_000);
  return connection;
}

function stateOf({ roomId, eventType, stateKey }: Connection): unknown {
  return rooms.setting.context.rooms.state.get(`${roomId}/${eventType}/${stateKey}`);
}

describe("a new room of an issue", () => {
  it("is told what the issue says and every comment, by those who wrote them", async () => {
    await rooms.setting.gitHub.comment("octo/hello", 1, "Oil it.", "bo");
    await rooms.setting.gitHub.comment("octo/hello", 1, "Thanks", "ada");
    const updated = new Date(rooms.setting.gitHub.issue("octo/hello", 1).updatedAt).toISOString();
    await rooms.settle();

    const connection = await filledRoom();

    expect(rooms.lines).toEqual([`_github_ada: Loudly. (${updated})`, "_github_bo: Oil it.", "_github_ada: Thanks"]);
    expect(rooms.said[1]?.content).toMatchObject({
      msgtype: "m.text",
      formatted_body: "<p>Oil it.</p>\n",
      "m.mentions": {},
      external_url: expect.stringMatching(/\/octo\/hello\/issues\/1#issuecomment-\d+$/),
      "uk.half-shot.matrix-hookshot.github.comment": { id: expect.any(Number) },
      "uk.half-shot.matrix-hookshot.github.issue": { number: 1, title: "It squeaks" },
      "uk.half-shot.matrix-hookshot.github.repo": { name: "octo/hello" },
    });
    expect(stateOf(connection)).toMatchObject({ comments_processed: 2, state: "open" });
  });

  it("is told a long history in steps, each comment once and in order", async () => {
    for (let count = 1; count <= 95; count += 1) await rooms.setting.gitHub.comment("octo/hello", 1, `Comment ${count}`, "bo");
    await rooms.settle();

    const connection = await filledRoom();

    const expected = Array.from({ length: 95 }, (_, index) => `_github_bo: Comment ${index + 1}`);
    expect(rooms.lines.slice(1)).toEqual(expected);
    expect(stateOf(connection)).toMatchObject({ comments_processed: 95 });
  });

  it("is told that the issue is closed", async () => {
    await rooms.setting.gitHub.setState("octo/hello", 1, "closed", "bo");

    const connection = await filledRoom();

    expect(rooms.lines.at(-1)).toMatch(/^_github_bo: closed the issue at \d{4}-/);
    expect(rooms.said.at(-1)?.content["msgtype"]).toBe("m.notice");
    expect(stateOf(connection)).toMatchObject({ state: "closed" });
  });

  it("that Hookshot filled goes on behind what Hookshot told", async () => {
    await rooms.setting.gitHub.comment("octo/hello", 1, "Told by Hookshot", "bo");
    await rooms.settle();
    issueRoom({ comments_processed: 1 });
    await rooms.setting.gitHub.comment("octo/hello", 1, "New", "bo");

    await rooms.settle();

    expect(rooms.lines).toEqual(["_github_bo: New"]);
  });

  it("holds up nothing else in its room while GitHub cannot be asked, and is filled later", async () => {
    const { setting } = rooms;
    const connection = issueRoom();
    setting.gitHub.failWith({ kind: "status", status: 503 });
    await rooms.kind("issue").changed?.(connection, undefined, setting.context);

    await rooms.settle();
    setting.advance(16_000);
    await issueRoomTask.run(setting.context);
    await rooms.settle();
    expect(rooms.lines).toEqual([]);
    expect(rooms.ignored).toEqual(Array(2).fill("GitHub cannot be asked just now; the room is brought up to date later"));

    setting.gitHub.failWith();
    setting.advance(16_000);
    await issueRoomTask.run(setting.context);
    await rooms.settle();
    expect(rooms.lines).toEqual([]);
    setting.advance(16_000);
    await issueRoomTask.run(setting.context);
    await rooms.settle();
    expect(rooms.lines).toEqual([expect.stringMatching(/^_github_ada: Loudly\./)]);
    expect(await setting.context.store.list("issue-room-waiting ", 1)).toEqual([]);
  });

  it("whose comments are slow to fetch is filled in steps of some seconds", async () => {
    for (let count = 1; count <= 5; count += 1) await rooms.setting.gitHub.comment("octo/hello", 1, `Comment ${count}`, "bo");
    await rooms.settle();
    const { say } = rooms.setting.context.rooms;
    rooms.setting.context.rooms.say = async (...given) => {
      rooms.setting.advance(5_000);
      await say.apply(rooms.setting.context.rooms, given);
    };

    await filledRoom();

    expect(rooms.lines.slice(1)).toEqual([1, 2, 3, 4, 5].map((count) => `_github_bo: Comment ${count}`));
    expect(rooms.ignored.filter((reason) => reason.includes("a part of what it missed"))).toHaveLength(2);
  });

  it("is told everything where the bot may not change state", async () => {
    rooms.setting.context.rooms.setState = () => Promise.reject(new RemoteError("The homeserver answered 403", { status: 403 }));

    await filledRoom();
    await rooms.setting.gitHub.comment("octo/hello", 1, "Oil it.", "bo");
    await rooms.settle();

    expect(rooms.lines).toEqual([expect.stringMatching(/Loudly/), "_github_bo: Oil it."]);
  });
});

describe("an issue's room hears", () => {
  it("new comments, with mentions as links to ghosts", async () => {
    const connection = await filledRoom();

    await rooms.setting.gitHub.comment("octo/hello", 1, "Ask @ada, not `@bo` or a@b.example", "bo");
    await rooms.settle();

    expect(rooms.lines.at(-1)).toBe("_github_bo: Ask [ada](https://matrix.to/#/@_github_ada:example.org), not `@bo` or a@b.example");
    expect(rooms.said.at(-1)?.content["formatted_body"]).toBe(
      '<p>Ask <a href="https://matrix.to/#/@_github_ada:example.org">ada</a>, not <code>@bo</code> or a@b.example</p>\n',
    );
    expect(stateOf(connection)).toMatchObject({ comments_processed: 1 });
  });

  it("a comment once, however often GitHub sends it", async () => {
    await filledRoom();
    await rooms.setting.gitHub.comment("octo/hello", 1, "Once", "bo");
    await rooms.settle();
    await rooms.type(rooms.setting.context.connections.list[0]!, ada, "!sync");

    await rooms.settle();

    expect(rooms.lines.filter((line) => line.endsWith("Once"))).toHaveLength(1);
  });

  it("that the title changed, by its name", async () => {
    const { roomId } = await filledRoom();

    await rooms.setting.gitHub.editTitle("octo/hello", 1, "It creaks", "ada");
    await rooms.settle();

    expect(rooms.setting.context.rooms.state.get(`${roomId}/m.room.name/`)).toEqual({ name: "octo/hello#1: It creaks" });
  });

  it("that it was closed and opened again, with the topic", async () => {
    const { roomId } = await filledRoom();
    const topic = (): unknown => rooms.setting.context.rooms.state.get(`${roomId}/m.room.topic/`);

    await rooms.setting.gitHub.setState("octo/hello", 1, "closed", "bo");
    await rooms.settle();
    const whenClosed = topic();
    await rooms.setting.gitHub.setState("octo/hello", 1, "open", "bo");
    await rooms.settle();

    expect(whenClosed).toEqual({ topic: `Status: closed | ${rooms.setting.gitHub.url}/octo/hello/issues/1` });
    expect(topic()).toEqual({ topic: `Status: open | ${rooms.setting.gitHub.url}/octo/hello/issues/1` });
    expect(rooms.lines.slice(-2)).toEqual([
      expect.stringMatching(/^_github_bo: closed the issue at \d/),
      expect.stringMatching(/^bot: The issue was reopened at \d/),
    ]);
  });

  it("nothing of other issues", async () => {
    await filledRoom();
    await rooms.setting.gitHub.createIssue("octo/hello", "Another", "bo");
    await rooms.setting.gitHub.comment("octo/hello", 2, "Elsewhere", "bo");

    await rooms.settle();

    expect(rooms.lines).toHaveLength(1);
  });
});

describe("what people say in an issue's room", () => {
  it("becomes a comment of theirs, which the room is not told", async () => {
    const connection = await filledRoom();
    rooms.setting.logIn(ada, "ada");

    const answer = await rooms.type(connection, ada, "@_github_bo:example.org: mend it");
    await rooms.settle();

    expect(answer).toEqual({ isHandled: true });
    expect(rooms.setting.gitHub.issue("octo/hello", 1).comments).toMatchObject([{ author: { login: "ada" }, body: "@bo: mend it" }]);
    expect(rooms.lines).toHaveLength(1);
    expect(rooms.ignored).toContain("it was written in this room");
    expect(stateOf(connection)).toMatchObject({ comments_processed: 1 });
  });

  it("is told if somebody else says the same afterwards", async () => {
    const connection = await filledRoom();
    rooms.setting.logIn(ada, "ada");
    await rooms.type(connection, ada, "+1");
    await rooms.setting.gitHub.comment("octo/hello", 1, "+1", "bo");

    await rooms.settle();

    expect(rooms.lines.slice(1)).toEqual(["_github_bo: +1"]);
  });

  it("is waited for where GitHub's event comes before its answer", async () => {
    const connection = await filledRoom();
    rooms.setting.logIn(ada, "ada");
    rooms.setting.gitHub.failWith({ kind: "status", status: 502, only: /^POST .*comments$/, isCarriedOut: true });
    await expect(rooms.type(connection, ada, "Hello")).rejects.toMatchObject({ outcomeUnknown: true });
    rooms.setting.gitHub.failWith();

    await expect(rooms.settle()).rejects.toMatchObject({ isTransient: true });
  });

  it("leaves nothing behind for ever when no answer ever came", async () => {
    const { setting } = rooms;
    const connection = await filledRoom();
    setting.logIn(ada, "ada");
    setting.gitHub.failWith({ kind: "status", status: 502, only: /^POST .*comments$/ });
    await expect(rooms.type(connection, ada, "Hello")).rejects.toMatchObject({ outcomeUnknown: true });
    setting.gitHub.failWith();

    setting.advance(25 * 3_600_000);
    await rooms.type(connection, ada, "Hello again");

    expect(await setting.context.store.list("commenting ", 10)).toEqual([]);
  });

  it("counts as the room's own by its words when no answer ever came", async () => {
    const connection = await filledRoom();
    rooms.setting.logIn(ada, "ada");
    rooms.setting.gitHub.failWith({ kind: "status", status: 502, only: /^POST .*comments$/, isCarriedOut: true });
    await expect(rooms.type(connection, ada, "Hello")).rejects.toMatchObject({ outcomeUnknown: true });
    rooms.setting.gitHub.failWith();

    rooms.setting.advance(61_000);
    await rooms.settle();

    expect(rooms.lines).toHaveLength(1);
    expect(rooms.ignored).toContain("it was written in this room");
  });

  it("is marked where the person is not logged in", async () => {
    const connection = await filledRoom();

    const { messages } = await rooms.type(connection, bo, "Hello");

    expect(messages).toMatchObject([{ type: "m.reaction", content: { "m.relates_to": { key: "⚠️ Not bridged", event_id: "$said1" } } }]);
    expect(rooms.setting.gitHub.changes).toEqual([]);
  });

  it("links to pictures", async () => {
    const connection = await filledRoom();
    rooms.setting.logIn(ada, "ada");

    await rooms.type(connection, ada, "cat.png", { msgtype: "m.image", url: "mxc://example.org/cat" });

    expect(rooms.setting.gitHub.issue("octo/hello", 1).comments[0]?.body).toBe(
      "![cat.png](https://media.example.org/_matrix/media/v3/download/example.org/cat)",
    );
  });

  it.each([
    ["an edit", { "m.relates_to": { rel_type: "m.replace", event_id: "$x" } }],
    ["a notice", { msgtype: "m.notice" }],
  ])("is no comment if it is %s", async (_what, content) => {
    const connection = await filledRoom();
    rooms.setting.logIn(ada, "ada");

    expect(await rooms.type(connection, ada, "Hello", content)).toEqual({ isHandled: false });
  });
});

describe("the state of an issue's room", () => {
  it("is found by the issue, whatever its state key", () => {
    expect(issueRoom().remoteKeys).toEqual(["octo/hello#1"]);
  });

  it.each([["octo/hello#1"], ["key"]])("is known as %s", (typed) => {
    const { state, stateKey } = issueRoom();

    expect(rooms.kind("issue").isNamed(state, stateKey, typed, undefined, rooms.setting.context)).toBe(true);
    expect(rooms.kind("issue").isNamed(state, stateKey, "octo/hello#2", undefined, rooms.setting.context)).toBe(false);
  });

  it("names an issue, or is not loaded", () => {
    expect(() => rooms.kind("issue").remoteKeys({ org: "..", repo: "hello", issues: ["1"] }, "key")).toThrow("must name an issue");
  });
});
