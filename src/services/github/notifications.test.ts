import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGitHubSetting, type GitHubSetting } from "../../../test/support/github-setting.js";
import type { UserId } from "../../core/ids.js";
import type { ServiceTask } from "../../core/service-task.js";
import { createMarkdownRenderer } from "../../shared/markdown.js";
import { createNotificationCommands } from "./notification-commands.js";
import { createNotificationTask } from "./notifications.js";
import type { GitHubConfig } from "./schema.js";

const ada = "@ada:example.org";
const bo = "@bo:example.org";

let setting: GitHubSetting;
let task: ServiceTask<GitHubConfig>;

beforeEach(async () => {
  setting = await createGitHubSetting();
  task = createNotificationTask(setting.parts, createMarkdownRenderer());
  setting.logIn(ada, "ada");
  setting.gitHub.addRepository("octo/other");
  await setting.gitHub.createIssue("octo/hello", "It squeaks", "bo");
});

afterEach(() => setting.gitHub.stop());

async function type(text: string, actor: UserId = ada): Promise<string> {
  const commands = [...createNotificationCommands(setting.parts)].sort((left, right) => right.name.length - left.name.length);
  const command = commands.find(({ name }) => text === name || text.startsWith(`${name} `));
  const words = text
    .slice(command!.name.length)
    .split(" ")
    .filter((word) => word !== "");
  const { answer, changes = [] } = await command!.run(words, actor, setting.context);
  await setting.context.commit(changes);
  return answer.text;
}

/** A time at which everybody is due. */
async function poll(): Promise<void> {
  setting.advance(60_000);
  await task.run(setting.context);
}

function told(person: UserId = ada): readonly Readonly<Record<string, unknown>>[] {
  const deeds = setting.context.rooms.deeds.filter(({ kind, where }) => kind === "tell" && where === person);
  // `tellPerson` records a message.
  return deeds.map(({ what }) => (what as { content: Readonly<Record<string, unknown>> }).content);
}

const bodies = (): readonly unknown[] => told().map(({ body }) => body);

describe("notifications from GitHub", () => {
  it("wait until GitHub takes requests again, and come with all that belongs to them", async () => {
    await type("github notifications toggle");
    setting.gitHub.notify("ada", "octo/hello", 1);
    setting.gitHub.failWith({ kind: "rate-limit", resetInSeconds: 60, only: /^GET .*\/issues\/1$/ });
    await poll();
    expect(told()).toEqual([]);

    setting.gitHub.failWith();
    setting.advance(60_000);
    await poll();

    expect(bodies()).toEqual([expect.stringContaining("[It squeaks](")]);
    expect(bodies()).toEqual([expect.stringContaining("#1 for")]);
  });

  it("are told without what GitHub refuses to show", async () => {
    await type("github notifications toggle");
    setting.gitHub.notify("ada", "octo/hello", 1);
    setting.gitHub.failWith({ kind: "status", status: 422, only: /^GET .*\/issues\/1$/ });

    await poll();

    expect(bodies()).toEqual([expect.stringContaining("It squeaks")]);
  });

  it("are told with what programs read", async () => {
    await type("github notifications toggle");
    setting.gitHub.notify("ada", "octo/hello", 1);

    await poll();

    const { url } = setting.gitHub;
    expect(told()).toEqual([
      {
        msgtype: "m.text",
        body: `📝 [It squeaks](${url}/octo/hello/issues/1) by **[bo](${url}/bo)** #1 for **[octo/hello](${url}/octo/hello)**`,
        format: "org.matrix.custom.html",
        formatted_body: `<p>📝 <a href="${url}/octo/hello/issues/1">It squeaks</a> by <strong><a href="${url}/bo">bo</a></strong> #1 for <strong><a href="${url}/octo/hello">octo/hello</a></strong></p>\n`,
        "m.mentions": {},
        external_url: `${url}/octo/hello/issues/1`,
        "uk.half-shot.matrix-hookshot.github.issue": expect.objectContaining({ number: 1, title: "It squeaks" }),
        "uk.half-shot.matrix-hookshot.github.repo": expect.objectContaining({ name: "octo/hello" }),
      },
    ]);
  });

  it("are told once", async () => {
    await type("github notifications toggle");
    setting.gitHub.notify("ada", "octo/hello", 1);

    await poll();
    await poll();
    setting.gitHub.notify("ada", "octo/hello", 1);
    await poll();

    expect(told()).toHaveLength(2);
  });

  it("quote a new comment", async () => {
    await type("github notifications toggle");
    await setting.gitHub.comment("octo/hello", 1, "First *line*\nsecond", "bo");
    setting.gitHub.notify("ada", "octo/hello", 1, "mention", true);

    await poll();

    expect(bodies()[0]).toContain("\n\nbo:\n\n> First *line*\nsecond");
    expect(told()[0]).toMatchObject({ "uk.half-shot.matrix-hookshot.github.comment": { id: expect.any(Number) } });
  });

  it("say what changed since the last one about the same", async () => {
    await type("github notifications toggle");
    setting.gitHub.notify("ada", "octo/hello", 1);
    await poll();
    await setting.gitHub.setState("octo/hello", 1, "closed", "bo");
    await setting.gitHub.editTitle("octo/hello", 1, "It creaked", "bo");
    setting.gitHub.notify("ada", "octo/hello", 1);

    await poll();

    expect(bodies().at(-1)).toContain("\n\nState changed to: closed\n\nTitle changed to: It creaked");
  });

  it("are asked for no sooner than GitHub allows, and with what it said last", async () => {
    await type("github notifications toggle");
    setting.gitHub.notify("ada", "octo/hello", 1);
    const asked = (): number => setting.gitHub.requests.filter(({ name }) => name === "GET /notifications").length;

    await poll();
    setting.advance(16_000);
    await task.run(setting.context);
    const early = asked();
    setting.advance(5_000);
    await task.run(setting.context);

    expect([early, asked()]).toEqual([1, 2]);
    expect(told()).toHaveLength(1);
  });

  it("of one person come although another's token is no longer taken", async () => {
    setting.logIn(bo, "bo");
    await type("github notifications toggle", bo);
    await type("github notifications toggle");
    setting.gitHub.revokeToken({ id: 0, login: "bo", token: "ghp_bo_token", isOrganization: false });
    setting.gitHub.notify("ada", "octo/hello", 1);

    await poll();

    expect(told()).toHaveLength(1);
  });

  it("are switched off with a word after fifty failures", async () => {
    await type("github notifications toggle");
    setting.gitHub.failWith({ kind: "status", status: 500 });

    for (let count = 0; count < 49; count += 1) {
      setting.advance(20 * 60_000);
      await task.run(setting.context);
    }
    expect(told()).toEqual([]);
    setting.advance(20 * 60_000);
    await task.run(setting.context);

    expect(bodies()).toEqual([expect.stringContaining("could not be read 50 times in a row")]);
    expect(await type("github notifications")).toBe("Notifications are disabled.");
  });

  it("wait for somebody who logged out", async () => {
    await type("github notifications toggle");
    await setting.context.commit(setting.parts.logins.forget(ada, setting.context));
    const before = setting.gitHub.requests.length;

    await poll();

    expect(setting.gitHub.requests).toHaveLength(before);
  });

  it("do not take the token elsewhere", async () => {
    await type("github notifications toggle");
    setting.gitHub.notify("ada", "octo/hello", 1);
    await poll();

    const strange = setting.gitHub.requests.filter(({ authorization }) => authorization?.includes("ghp_ada_token") !== true);
    expect(strange.map(({ name }) => name)).not.toContain("GET /notifications");
  });
});

describe("filters", () => {
  it.each([
    ["orgs:octo", 1],
    ["repos:octo/hello", 1],
    ["repos:octo/other", 0],
    ["users:bo", 1],
    ["users:carol", 0],
    ["orgs:acme users:BO", 1],
  ])("%s in use let through %i", async (parameters, count) => {
    await type("github notifications toggle");
    await type(`filters set mine ${parameters}`);
    await type("filters notifications toggle mine");
    setting.gitHub.notify("ada", "octo/hello", 1);

    await poll();

    expect(told()).toHaveLength(count);
  });

  it("that are not in use let everything through", async () => {
    await type("github notifications toggle");
    await type("filters set mine orgs:acme");
    setting.gitHub.notify("ada", "octo/hello", 1);

    await poll();

    expect(told()).toHaveLength(1);
  });

  it("are listed", async () => {
    expect(await type("filters list")).toContain("You have no filters.");
    await type("filters set mine orgs:octo,acme users:bo");
    await type("filters set other repos:octo/hello");
    await type("filters notifications toggle other");

    expect(await type("filters list")).toBe(
      "Your filters:\n\n- mine: `orgs:octo,acme users:bo`\n- other: `repos:octo/hello` (in use for notifications)",
    );
  });

  it.each(["filters set", "filters set mine", "filters set mine octo", "filters set mine orgs:", "filters set m:m orgs:a"])(
    "are not made by %j",
    async (text) => {
      await expect(type(text)).rejects.toThrow("Type `filters set");
    },
  );

  it.each(["nobody", "__proto__", "toString"])("that nobody saved cannot be used: %s", async (name) => {
    await expect(type(`filters notifications toggle ${name}`)).rejects.toThrow("You have no filter");
  });
});

describe("the commands answer in Hookshot's words", () => {
  it("when notifications are switched on, for the first time too, and off", async () => {
    expect(await type("github notifications")).toBe("Notifications are disabled.");
    expect(await type("github notifications toggle")).toBe("Enabled GitHub notifcations");
    expect(await type("github notifications")).toBe("Notifications are enabled, Showing all events.");
    expect(await type("github notifications filter participating")).toBe("Filtering for events you are participating in.");
    expect(await type("github notifications")).toBe("Notifications are enabled, Showing events you are participating in.");
    expect(await type("github notifications filter participating")).toBe("Showing all events.");
    expect(await type("github notifications toggle")).toBe("Disabled GitHub notifcations");
  });

  it("and refuse who is not logged in", async () => {
    await expect(type("github notifications toggle", bo)).rejects.toThrow("You are not logged in.");
  });

  it("and say what is missing to who logged in with the browser: GitHub tells them none", async () => {
    setting.logInByBrowser(bo, "bo");

    await expect(type("github notifications toggle", bo)).rejects.toThrow(
      "GitHub tells notifications to classic personal access tokens only. To be told of them, make a personal access token (",
    );
    expect(await type("github notifications", bo)).toBe("Notifications are disabled.");
  });

  it("and leave out what somebody only watches, if asked to", async () => {
    await type("github notifications toggle");
    await type("github notifications filter participating");
    setting.gitHub.notify("ada", "octo/hello", 1, "subscribed");

    await poll();

    expect(told()).toEqual([]);
  });

  it("for people with the level notifications", () => {
    expect(new Set(createNotificationCommands(setting.parts).map(({ level }) => level))).toEqual(new Set(["notifications"]));
  });
});
