import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PlayedRooms } from "../../../test/support/github-rooms.js";
import type { Connection } from "../../core/connection.js";
import type { RoomId } from "../../core/ids.js";
import type { NewRoom } from "../../core/ports/service-rooms.js";
import { authorizeIssue, authorizeRoom } from "./room-grants.js";
import { spaceTask } from "./room-spaces.js";

const ada = "@ada:example.org";

let rooms: PlayedRooms;

beforeEach(async () => {
  rooms = await PlayedRooms.start();
});

afterEach(() => rooms.stop());

function space(fullName = "octo/hello", roomId: RoomId = "!space:example.org"): Connection {
  const [owner = "", repo = ""] = fullName.split("/");
  return rooms.add("discussion-space", { owner, repo }, { roomId, stateKey: fullName });
}

async function discussionRoom(): Promise<Connection> {
  const { id, number } = await rooms.setting.gitHub.createDiscussion("octo/hello", "Where to?", "ada", "Ideas?");
  await rooms.settle();
  return rooms.add("discussion", { owner: "octo", repo: "hello", id, internalId: `D_${id}`, discussion: number });
}

describe("a space of discussions", () => {
  it("gets a room for each new discussion, opened by its author", async () => {
    space();

    await rooms.setting.gitHub.createDiscussion("octo/hello", "Where to?", "ada", "Ideas?");
    await rooms.settle();

    const { deeds, state } = rooms.setting.context.rooms;
    const made = deeds.find(({ kind }) => kind === "create");
    // `create` records what was wished for.
    expect(made?.what as NewRoom).toMatchObject({
      ...{ name: "Where to? (octo/hello)", topic: "Under 💬 General", alias: "github_disc_octo_hello_101", isPublic: true },
      as: { userId: "@_github_ada:example.org", displayName: "ada", avatarUrl: expect.stringContaining("/avatars/") },
      state: [
        {
          type: "uk.half-shot.matrix-hookshot.github.discussion",
          stateKey: "",
          content: { owner: "octo", repo: "hello", internalId: expect.stringMatching(/^D_/), discussion: 101, category: "General" },
        },
      ],
    });
    expect(state.get(`!space:example.org/m.space.child/${made?.where ?? ""}`)).toEqual({ via: ["example.org"] });
    expect(rooms.setting.context.emitted.map(({ event }) => event.name)).toEqual(["discussion_room.opened"]);
  });

  it("gets none of a private repository's", async () => {
    rooms.setting.gitHub.addRepository("octo/secret", { isPrivate: true });
    space("octo/secret");

    await rooms.setting.gitHub.createDiscussion("octo/secret", "Hidden", "octo");
    await rooms.settle();

    expect(rooms.setting.context.rooms.deeds).toEqual([]);
    expect(rooms.ignored).toEqual([expect.stringContaining("not public")]);
  });

  it("lies in its owner's space, once the task has looked", async () => {
    const { roomId } = space();
    space("ada/other", "!other:example.org");
    rooms.add("user-space", { username: "Octo", nodeId: "x" }, { roomId: "!user:example.org", stateKey: "octo" });

    await spaceTask.run(rooms.setting.context);
    await spaceTask.run(rooms.setting.context);

    expect(rooms.setting.context.rooms.deeds.map(({ where }) => where)).toEqual([`!user:example.org/m.space.child/${roomId}`]);
  });
});

describe("a discussion's room", () => {
  it("is told first what the discussion is about", async () => {
    space();
    const { id, number } = await rooms.setting.gitHub.createDiscussion("octo/hello", "Where to?", "ada", "Ideas for @bo?");
    rooms.add("discussion", { owner: "octo", repo: "hello", id, internalId: `D_${id}`, discussion: number });

    await rooms.settle();

    expect(rooms.lines).toEqual(["_github_ada: Ideas for [bo](https://matrix.to/#/@_github_bo:example.org)?"]);
  });

  it("hears comments, as those who wrote them", async () => {
    await discussionRoom();

    await rooms.setting.gitHub.commentOnDiscussion("octo/hello", 101, "**North** <b>now</b>", "bo");
    await rooms.settle();

    expect(rooms.said).toMatchObject([
      {
        as: "@_github_bo:example.org",
        content: {
          msgtype: "m.text",
          body: "**North** <b>now</b>",
          formatted_body: "<p><strong>North</strong> &lt;b&gt;now&lt;/b&gt;</p>\n",
          external_url: expect.stringContaining("/octo/hello/discussions/101#discussioncomment-"),
          "uk.half-shot.matrix-hookshot.github.discussion.comment_id": expect.any(Number),
        },
      },
    ]);
  });

  it("passes on what people say as their comment, and is not told it", async () => {
    const connection = await discussionRoom();
    rooms.setting.logIn(ada, "ada");

    expect(await rooms.type(connection, ada, "South")).toEqual({ isHandled: true });
    await rooms.settle();

    const [discussion] = rooms.setting.gitHub.repository("octo/hello").discussions;
    expect(discussion?.comments).toMatchObject([{ author: { login: "ada" }, body: "South" }]);
    expect(rooms.lines).toEqual([]);
    expect(rooms.ignored).toContain("it was written in this room");
  });

  it("says so to who is not logged in, in Hookshot's words", async () => {
    const { messages } = await rooms.type(await discussionRoom(), ada, "South");

    expect(messages).toMatchObject([
      { content: { msgtype: "m.notice", body: "@ada:example.org: Cannot send comment, you are not logged into GitHub" } },
    ]);
  });

  it("passes it on to the discussion that the room shows, whatever somebody wrote into the state", async () => {
    const { gitHub } = rooms.setting;
    const shown = await discussionRoom();
    const other = await gitHub.createDiscussion("octo/hello", "Elsewhere", "bo");
    rooms.setting.logIn(ada, "ada");

    await rooms.type({ ...shown, state: { ...shown.state, internalId: `D_${other.id}` } }, ada, "South");

    expect(gitHub.repository("octo/hello").discussions.map(({ comments }) => comments.length)).toEqual([1, 0]);
  });

  it("explains that a discussion is gone", async () => {
    rooms.setting.logIn(ada, "ada");
    const connection = rooms.add("discussion", { owner: "octo", repo: "hello", id: 1, internalId: "D_gone", discussion: 7 });

    await expect(rooms.type(connection, ada, "Hello?")).rejects.toThrow("There is no such discussion");
  });
});

describe("state that somebody wrote by hand", () => {
  const input = { kindId: "discussion", state: {}, actor: ada } as const;

  it("counts if they are an administrator", () => {
    expect(authorizeRoom({ ...input, isAdmin: () => true })).toEqual({ granted: true });
  });

  it.each([[{ ...input, isAdmin: () => false }], [input]])("does not count otherwise", (given) => {
    expect(authorizeRoom(given)).toMatchObject({ granted: false, reason: expect.stringContaining("`admin`") });
  });

  it.each([
    ["discussion", { owner: "octo", repo: "hello" }, "uk.half-shot.matrix-hookshot.github.discussion/octo/hello"],
    ["discussion-space", { owner: "octo", repo: "hello" }, "uk.half-shot.matrix-hookshot.github.discussion.space/octo/hello"],
    ["user-space", { username: "octo" }, "uk.half-shot.matrix-hookshot.github.user.space/octo"],
    ["project", { project_id: 7 }, "uk.half-shot.matrix-hookshot.github.project/7"],
  ])("of the kind %s needs Hookshot's grant", (kindId, state, id) => {
    expect(rooms.kind(kindId).grant?.(state)).toEqual({ type: "github", id });
  });

  it("of an issue's room needs one for its repository", () => {
    const id = "uk.half-shot.matrix-hookshot.github.issue/octo/hello";
    expect(rooms.kind("issue").grant?.({ org: "octo", repo: "hello", issues: ["1"] })).toEqual({ type: "github", id });
  });

  it.each([
    { repo: "hello", actor: "@nobody:example.org", granted: true },
    { repo: "secret", actor: "@nobody:example.org", granted: false },
    { repo: "secret", actor: "@bo:example.org", granted: false },
    { repo: "secret", actor: ada, granted: true },
  ] as const)("of an issue's room of octo/$repo by $actor counts: $granted", async ({ repo, actor, granted }) => {
    const { setting, parts } = rooms;
    setting.gitHub.addRepository("octo/secret", { isPrivate: true, permissions: { ada: "write", bo: "read" } });
    setting.logIn(ada, "ada");
    setting.logIn("@bo:example.org", "bo");
    const state = { org: "octo", repo, issues: ["1"] };

    expect(await authorizeIssue(parts, { kindId: "issue", state, actor }, setting.context)).toMatchObject({ granted });
  });

  it("of an issue's room cannot be judged while GitHub fails", async () => {
    rooms.setting.gitHub.failWith({ kind: "status", status: 503 });
    const state = { org: "octo", repo: "hello", issues: ["1"] };

    const judged = authorizeIssue(rooms.parts, { kindId: "issue", state, actor: ada }, rooms.setting.context);

    await expect(judged).rejects.toMatchObject({ isTransient: true });
  });

  it("of a classic project is kept, and nothing comes of it", () => {
    const connection = rooms.add("project", { project_id: 7, state: "open" });

    const rendered = rooms.kind("project").render({ name: "x", routingKeys: [], payload: {} }, connection, rooms.setting.context);

    expect(rendered).toEqual({ kind: "ignored", reason: "GitHub retired classic projects" });
  });
});
