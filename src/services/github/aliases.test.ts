import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PlayedRooms } from "../../../test/support/github-rooms.js";
import type { NewRoom } from "../../core/ports/service-rooms.js";
import type { ServiceAliases } from "../../core/service.js";
import { createAliases } from "./aliases.js";
import { createRoomAccountCommands } from "./room-account-commands.js";
import type { GitHubConfig } from "./schema.js";

const ada = "@ada:example.org";

let rooms: PlayedRooms;
let aliases: ServiceAliases<GitHubConfig>;

beforeEach(async () => {
  rooms = await PlayedRooms.start();
  aliases = createAliases(rooms.parts);
  const { gitHub } = rooms.setting;
  gitHub.addRepository("octo/my_tool_2", { description: "A tool" });
  gitHub.addRepository("octo/secret", { isPrivate: true });
  await gitHub.createIssue("octo/hello", "It squeaks", "ada");
  await gitHub.createIssue("octo/my_tool_2", "It bends", "ada");
  await gitHub.createIssue("octo/secret", "Hidden", "octo");
});

afterEach(() => rooms.stop());

async function opened(localpart: string): Promise<NewRoom | undefined> {
  const before = rooms.setting.context.rooms.deeds.length;
  const isOpened = await aliases.create(localpart, rooms.setting.context);
  const made = rooms.setting.context.rooms.deeds.slice(before).find(({ kind }) => kind === "create");
  expect(made !== undefined).toBe(isOpened);
  // `create` records what was wished for.
  return made?.what as NewRoom | undefined;
}

describe("an alias becomes a room", () => {
  it("of an issue", async () => {
    const { gitHub } = rooms.setting;
    expect(await opened("github_octo_hello_1")).toEqual({
      ...{ name: "octo/hello#1: It squeaks", topic: `Status: open | ${gitHub.url}/octo/hello/issues/1` },
      ...{ alias: "github_octo_hello_1", isPublic: true, avatarUrl: expect.stringContaining("/avatars/") },
      state: [
        {
          type: "uk.half-shot.matrix-hookshot.github.issue",
          stateKey: `${gitHub.url}/api/v3/repos/octo/hello/issues/1`,
          content: { org: "octo", repo: "hello", issues: ["1"], state: "open", comments_processed: -1 },
        },
      ],
    });
    expect(rooms.setting.context.emitted).toMatchObject([{ event: { name: "issue_room.sync", routingKeys: ["octo/hello#1"] } }]);
  });

  it("of an issue whose repository's name holds what stands between the parts", async () => {
    expect((await opened("github_octo_my_tool_2_1"))?.name).toBe("octo/my_tool_2#1: It bends");
  });

  it("of a repository, connected to it", async () => {
    expect(await opened("github_octo_my_tool_2")).toMatchObject({
      ...{ name: "octo/my_tool_2: A tool", topic: `${rooms.setting.gitHub.url}/octo/my_tool_2`, isPublic: true },
      state: [
        {
          type: "uk.half-shot.matrix-hookshot.github.repository",
          stateKey: "octo/my_tool_2",
          content: { org: "octo", repo: "my_tool_2" },
        },
      ],
    });
  });

  it("of a repository's discussions", async () => {
    expect(await opened("github_disc_octo_hello")).toMatchObject({
      ...{ name: "octo/hello Discussions", type: "m.space", isPublic: true, alias: "github_disc_octo_hello" },
      powerLevels: { state_default: 100, events_default: 50, invite: 50, notifications: { room: 100 } },
      state: [
        { type: "m.room.history_visibility", content: { history_visibility: "world_readable" } },
        {
          type: "uk.half-shot.matrix-hookshot.github.discussion.space",
          stateKey: "octo/hello",
          content: { owner: "octo", repo: "hello" },
        },
      ],
    });
  });

  it("of one discussion", async () => {
    await rooms.setting.gitHub.createDiscussion("octo/hello", "Where to?", "ada", "Ideas?");

    expect(await opened("github_disc_octo_hello_101")).toMatchObject({
      name: "Where to? (octo/hello)",
      alias: "github_disc_octo_hello_101",
    });
  });

  it.each(["octo", "acme"])("of the account %s where the App is installed", async (login) => {
    rooms.setting.gitHub.addOrganization("acme");
    await rooms.setting.gitHub.install("acme");

    expect(await opened(`github_${login}`)).toMatchObject({
      ...{ name: `GitHub - ${login} by name (${login})`, type: "m.space" },
      state: [{}, { type: "uk.half-shot.matrix-hookshot.github.user.space", stateKey: login, content: { username: login } }],
    });
  });

  it.each([
    ["a private repository's issue", "github_octo_secret_1"],
    ["a private repository", "github_octo_secret"],
    ["a private repository's discussions", "github_disc_octo_secret"],
    ["an issue that is not there", "github_octo_hello_99"],
    ["a discussion that is not there", "github_disc_octo_hello_999"],
    ["an account without the App", "github_ada"],
    ["nothing", "github__"],
    ["another path", "github_.._.._1"],
  ])("unless it stands for %s", async (_what, alias) => {
    expect(await opened(alias)).toBeUndefined();
  });

  it.each(["github_OCTO_hello_1", "github_octo_hellO", "github_disc_Octo_hello", "github_disc_octo_Hello_101", "github_octO"])(
    "but not any number of rooms for one thing: %s",
    async (alias) => {
      await rooms.setting.gitHub.createDiscussion("octo/hello", "Where to?", "ada");

      expect(await opened(alias)).toBeUndefined();
    },
  );

  it("as GitHub writes it, and in lower case", async () => {
    rooms.setting.gitHub.addRepository("octo/Swing");

    expect(await opened("github_octo_Swing")).toBeDefined();
    expect(await opened("github_octo_swing")).toBeDefined();
    expect(await opened("github_octo_SWING")).toBeUndefined();
  });

  it("without a question to GitHub about accounts that the App is not installed for", async () => {
    await rooms.setting.parts.app.task.run(rooms.setting.context);
    const before = rooms.setting.gitHub.requests.length;

    for (const alias of ["github_acme_tool_1", "github_disc_acme_tool", "github_acme"]) expect(await opened(alias)).toBeUndefined();

    expect(rooms.setting.gitHub.requests.slice(before)).toEqual([]);
  });

  it("for which GitHub is asked a bounded number of times", async () => {
    const before = rooms.setting.gitHub.requests.length;

    await opened(`github_${"a_".repeat(100)}1`);

    expect(rooms.setting.gitHub.requests.length - before).toBeLessThan(60);
  });

  it("later, when GitHub can be asked again", async () => {
    rooms.setting.gitHub.failWith({ kind: "status", status: 503 });

    await expect(aliases.create("github_octo_hello_1", rooms.setting.context)).rejects.toMatchObject({ status: 503 });
  });

  it.each([
    ["github_x", true],
    ["github_", false],
    ["gitlab_x", false],
  ])("if it is one of ours: %s", (alias, isOurs) => {
    expect(aliases.owns(alias)).toBe(isOurs);
  });
});

describe("in the direct chat", () => {
  async function run(name: string, words: readonly string[]): Promise<string> {
    const command = createRoomAccountCommands(rooms.parts).find((candidate) => candidate.name === name);
    return (await command!.run(words, ada, rooms.setting.context)).answer.text;
  }

  it("a discussion is opened, with the person invited", async () => {
    await rooms.setting.gitHub.createDiscussion("octo/hello", "Where to?", "bo");
    rooms.setting.logIn(ada, "ada");

    expect(await run("github discussion open", ["octo", "hello", "101"])).toMatch(
      /^Opened \[the discussion's room\]\(https:\/\/matrix\.to\//,
    );
    expect(rooms.setting.context.rooms.deeds[0]?.what).toMatchObject({
      alias: "github_disc_octo_hello_101",
      isPublic: true,
      invite: [ada],
    });
  });

  it("a private discussion is opened for the person alone, and only if they may read it", async () => {
    rooms.setting.gitHub.addRepository("octo/team", { isPrivate: true, permissions: { ada: "read" } });
    await rooms.setting.gitHub.createDiscussion("octo/team", "Ours", "octo");
    await rooms.setting.gitHub.createDiscussion("octo/secret", "Hidden", "octo");
    rooms.setting.logIn(ada, "ada");

    await run("github discussion open", ["octo", "team", "101"]);

    const wish = rooms.setting.context.rooms.deeds[0]?.what;
    expect(wish).toMatchObject({ isPublic: false, invite: [ada] });
    expect(wish).not.toHaveProperty("alias");
    await expect(run("github discussion open", ["octo", "secret", "101"])).rejects.toThrow("There is no discussion 101 in octo/secret");
  });

  it.each([[["octo", "hello"]], [["..", "hello", "1"]], [["octo", "hello", "x"]]])("%j names no discussion", async (words) => {
    rooms.setting.logIn(ada, "ada");

    await expect(run("github discussion open", words)).rejects.toThrow("Type `github discussion open");
  });

  it.each(["github project list-for-user", "github project list-for-org", "github project open"])(
    "`%s` says that GitHub retired it",
    async (name) => {
      expect(await run(name, ["1"])).toContain("GitHub retired classic projects");
    },
  );
});
