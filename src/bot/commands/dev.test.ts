import { describe, expect, it } from "vitest";
import {
  alice,
  botRig,
  connection,
  createSpeaker,
  FakeTracker,
  mallory,
  messageEvent,
  room,
  spoken,
  work,
  type BotRig,
} from "../../../test/support/bot-fakes.js";
import { commitEntry } from "../../../test/support/devinfo-outcomes.js";
import { NotFoundError, PermissionError, RemoteError } from "../../core/errors.js";
import type { IssueKeys } from "../../core/issue-keys.js";
import type { IssuePage } from "../../core/ports/devinfo.js";
import type { NotTaken } from "../../core/ports/devinfo-reports.js";
import type { DevinfoInChat } from "../devinfo-in-chat.js";

/** Names of the projects of state like that of the fake tracker. */
function projectOf(url: unknown): string {
  return String(url).split("/").at(-1) ?? "";
}

interface Given {
  readonly stored?: IssuePage["entries"];
  readonly senders?: readonly string[];
  /** What the person may read: where, or why not. */
  readonly readable?: readonly string[] | Error;
  readonly isDirect?: boolean;
  readonly projects?: readonly string[];
  readonly hasDevinfo?: boolean;
  readonly notTaken?: readonly NotTaken[];
}

interface DevRig extends BotRig {
  readonly asked: string[];
  say(body: string): Promise<readonly string[]>;
}

/** Where each connection's tracker is, its host's name says: `tracker`. What provider `bound-x` has is bound to `x`, and that of `was-bound-x` too. */
function rigOf({
  stored = [],
  senders = ["ci"],
  readable = [],
  isDirect = false,
  projects = ["PLAY", "OPS"],
  hasDevinfo = true,
  notTaken = [{ at: 0, provider: "ci", repositoryId: "1", reason: "It was too old." }],
}: Given = {}): DevRig {
  const asked: string[] = [];
  const issueKeys: IssueKeys<unknown> = {
    keyOf: (typed) => /^(?:https:.*\/)?([A-Z]+-\d+)$/.exec(typed.toUpperCase().replace(/^HTTPS/, "https"))?.[1],
    projectOf: ({ url }) => projectOf(url),
    routingKey: (project) => project,
    announced: ({ devinfo }) => (devinfo === true ? ["commit", "pull_request"] : []),
    isAt: async ({ url }, instance) => new URL(String(url)).hostname.split(".", 1)[0] === instance,
    issueUrl: ({ url }, key) => `${new URL(String(url)).origin}/browse/${key}`,
    async readableAt(key, actor) {
      asked.push(`${actor} ${key}`);
      if (readable instanceof Error) throw readable;
      return readable;
    },
  };
  const devinfo: DevinfoInChat = {
    devinfo: {
      async byIssueKey(key) {
        asked.push(key);
        return { entries: stored };
      },
      instanceOf: async (provider) => (provider.startsWith("was-bound-") ? provider.slice("was-bound-".length) : undefined),
    },
    reports: { notTaken: async () => notTaken },
    callers: {
      providers: async () => new Set(senders),
      instanceOf: async (provider) => (provider.startsWith("bound-") ? provider.slice("bound-".length) : undefined),
    },
  };
  const tracker = new FakeTracker();
  const { service, context } = tracker.active;
  const [project, ...kinds] = service.kinds;
  const active = { context, service: { ...service, kinds: [{ ...project!, issueKeys }, ...kinds] } };
  const rig = botRig({
    tracker,
    rules: [{ actor: alice, services: [{ level: "commands" }] }],
    overrides: { services: [active], ...(hasDevinfo ? { devinfo } : {}) },
  });
  rig.operations.connections = projects.map((name) => connection(name));
  if (isDirect) {
    const record = { ...rig.rooms.records.get(room)!, adminUser: alice };
    rig.rooms.records.set(room, record);
    rig.deps.adminRooms.note(record);
  }
  const speak = createSpeaker(rig.deps);
  return { ...rig, asked, say: async (body) => spoken(await speak(work(messageEvent(body)))) };
}

function stored(id: string, provider = "ci"): IssuePage["entries"][number] {
  const repository = { id: "1", json: JSON.stringify({ name: "hello", url: "https://git.example.org/octo/hello" }) };
  return { ...commitEntry(id), provider, repositoryId: "1", acceptedAt: 0, repository };
}

describe("dev in a room", () => {
  it.each(["!tracker dev PLAY-1", "!tracker DEV https://tracker.example/PLAY-1"])("shows what an issue has: %s", async (typed) => {
    const rig = rigOf({ stored: [stored("abc")] });

    const [text, mark] = await rig.say(typed);

    expect(text).toMatch(/^\[PLAY-1\]\(https:\/\/tracker\.example\/browse\/PLAY-1\): 1 commit\n\n- \[abc\]/);
    expect(mark).toBe("✅");
    expect(rig.asked).toEqual(["PLAY-1"]);
  });

  it("shows every project of the room, whatever prefix its connection has", async () => {
    const rig = rigOf({ stored: [stored("abc")] });
    rig.operations.connections.push(connection("OWN", { state: { url: "https://tracker.example/OWN", commandPrefix: "!own" } }));

    expect((await rig.say("!tracker dev OWN-1"))[0]).toContain("1 commit");
    expect((await rig.say("!own dev PLAY-1"))[0]).toContain("1 commit");
  });

  it("shows no project that the room is not connected to, and says what to do", async () => {
    const rig = rigOf({ stored: [stored("abc")] });
    rig.operations.connections.push(connection("BAD", { status: { kind: "ungranted", reason: "nobody approved it" } }));

    for (const key of ["ELSE-1", "BAD-1"]) {
      expect(await rig.say(`!tracker dev ${key}`)).toEqual([
        "⛔",
        `Failed to handle command: \`${key}\` is in no project that this room is connected to (PLAY, OPS). Connect it with \`!connect tracker ${key.slice(0, -2)}\`, or ask in a direct chat with me: \`tracker dev ${key}\`.`,
      ]);
    }
    expect(rig.asked).toEqual([]);
  });

  it("shows nothing that is bound to another instance", async () => {
    const rig = rigOf({
      stored: [stored("one", "bound-tracker"), stored("two", "bound-other"), stored("four", "was-bound-other"), stored("three")],
    });

    const [text] = await rig.say("!tracker dev PLAY-1");

    expect(text).toContain(": 2 commits");
    expect(text).not.toContain("two");
  });

  it("says that nothing is known, and how to learn why", async () => {
    expect((await rigOf().say("!tracker dev PLAY-1"))[0]).toBe(
      "No commit, branch or pull request is known that names `PLAY-1`. `!tracker dev PLAY-1 why` says what was seen and what could be missing.",
    );
  });

  it("explains what was seen and not taken, and that the room does not hear of it", async () => {
    const [text] = await rigOf({ stored: [stored("abc")] }).say("!tracker dev PLAY-1 why");

    expect(text).toContain("Seen for [PLAY-1]");
    expect(text).toContain("Not taken:\n\n- 1970-01-01 00:00:00 UTC from ci: the record of repository 1: It was too old.");
    expect(text).toContain(
      "This room does not hear of PLAY as it comes. For that, type `!disconnect tracker PLAY`, then `!connect tracker PLAY devinfo=commit,branch,pull_request`.",
    );
    expect(text).not.toContain("No tool is set up");
  });

  it("explains nothing that was bound to another instance when it was sent", async () => {
    const gone = { at: 0, provider: "gone", repositoryId: "1", reason: "It was too old." };
    const rig = rigOf({ notTaken: [{ ...gone, instance: "other" }] });
    expect((await rig.say("!tracker dev PLAY-1 why"))[0]).not.toContain("Not taken");

    const here = rigOf({ notTaken: [{ ...gone, instance: "tracker" }] });
    expect((await here.say("!tracker dev PLAY-1 why"))[0]).toContain("from gone: the record");
  });

  it("explains that the room hears of it, and that nobody can send any", async () => {
    const rig = rigOf({ senders: [], projects: [] });
    rig.operations.connections.push(connection("PLAY", { state: { url: "https://tracker.example/PLAY", devinfo: true } }));

    const [text] = await rig.say("!tracker dev PLAY-1 WHY");

    expect(text).toContain("Nothing was seen that names [PLAY-1]");
    expect(text).toContain("This room hears of PLAY as it comes: commits, pull requests.");
    expect(text).toContain("No tool is set up to send development information.");
  });

  it.each([
    ["!tracker dev", "Missing at least one required parameter. Type it like this: `!tracker dev <issue> [why]`."],
    ["!tracker dev PLAY", '"PLAY" is no issue. Type its key, such as `PLAY-1`, or its address from the browser.'],
    ["!tracker dev PLAY-1 because", '"because" is one word too many. Type it like this: `!tracker dev <issue> [why]`.'],
  ])("%s is answered with how it is typed", async (typed, sentence) => {
    expect(await rigOf().say(typed)).toEqual(["⛔", `Failed to handle command: ${sentence}`]);
  });

  it("is for those who may use commands", async () => {
    const rig = rigOf({ stored: [stored("abc")] });
    const replies = spoken(await createSpeaker(rig.deps)(work(messageEvent("!tracker dev PLAY-1", { sender: mallory }))));
    expect(replies[1]).toContain("You do not have permission to use this command.");
    expect(rig.asked).toEqual([]);
  });

  it("stands in the help, and is nothing where there is no development information", async () => {
    expect((await rigOf().say("!tracker help"))[0]).toContain("- `!tracker dev <issue> [why]` - Show commits, branches and pull requests");

    expect((await rigOf({ hasDevinfo: false }).say("!tracker help"))[0]).not.toContain("dev");
    expect(await rigOf({ hasDevinfo: false }).say("!tracker dev PLAY-1")).toEqual([]);
  });
});

describe("dev in the direct chat", () => {
  it("shows what the person may read, without a link to a Jira of no connection", async () => {
    const rig = rigOf({
      isDirect: true,
      projects: [],
      readable: ["main"],
      stored: [stored("one"), stored("two", "bound-Main"), stored("three", "bound-other")],
    });

    const [text] = await rig.say("tracker dev play-1");

    expect(text).toMatch(/^PLAY-1: 2 commits\n/);
    expect(text).not.toContain("three");
    expect(rig.asked).toEqual([`${alice} PLAY-1`, "PLAY-1"]);
  });

  it("explains", async () => {
    const [text] = await rigOf({ isDirect: true, projects: [], readable: ["main"], senders: [] }).say("tracker dev PLAY-1 why");

    expect(text).toContain("Nothing was seen that names PLAY-1.");
    expect(text).toContain("No tool is set up");
    expect(text).not.toContain("This room");
  });

  it.each<[string, readonly string[] | Error, string]>([
    ["may not read it", [], "There is no `PLAY-1` where you are logged in, or you may not see it. Check the key."],
    [
      "is not logged in",
      new PermissionError("You are not logged in.", "HS_FORBIDDEN_USER", "Type `tracker login`."),
      "You are not logged in. Type `tracker login`.",
    ],
    ["asks a tracker that gives no answer", new RemoteError("No answer. Try again later."), "No answer. Try again later."],
    ["asks for what is gone", new NotFoundError("It is gone."), "It is gone."],
  ])("shows nothing to who %s", async (_what, readable, sentence) => {
    const rig = rigOf({ isDirect: true, projects: [], readable, stored: [stored("one")] });

    expect(await rig.say("tracker dev PLAY-1")).toEqual([`Failed to handle command: ${sentence}`]);
    expect(rig.asked).toEqual([`${alice} PLAY-1`]);
  });

  it.each([
    ["tracker dev", "Missing at least one required parameter."],
    ["tracker dev nonsense", '"nonsense" is no issue.'],
    ["tracker dev PLAY-1 why not", '"not" is one word too many.'],
  ])("%s is answered with how it is typed", async (typed, sentence) => {
    expect((await rigOf({ isDirect: true, projects: [] }).say(typed))[0]).toContain(`Failed to handle command: ${sentence}`);
  });

  it("is for those who may use commands", async () => {
    const rig = rigOf({ isDirect: true, projects: [], readable: ["main"] });
    rig.deps.permissions.allows = () => false;

    expect((await rig.say("tracker dev PLAY-1"))[0]).toContain("You do not have permission to use this command.");
    expect(rig.asked).toEqual([]);
  });

  it("stands in the help, under its service", async () => {
    const [help] = await rigOf({ isDirect: true, projects: [] }).say("help");

    expect(help).toContain("- `tracker dev <issue> [why]` - Show commits, branches and pull requests of an issue");
    expect(help?.match(/### Tracker/g)).toHaveLength(1);
  });
});
