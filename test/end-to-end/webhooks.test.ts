import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerTo, bodyOf, bot, connectionType, EndToEnd, hear, said, statePath } from "../support/end-to-end.js";
import { changelogJson, issueJson, userJson, versionJson, type PayloadForm } from "../support/jira-payloads.js";
import type { FieldChange, StandInIssue } from "../support/jira-records.js";
import { sampleIssue, samplePerson, webhookForm } from "../support/jira-samples.js";
import type { ClientEvent, MatrixPerson } from "../support/matrix-client.js";

const project = { id: "10001", key: "PLAY", name: "PLAY" };
const allEvents = "issue_created,issue_updated,version_created,version_updated,version_released";

let all: EndToEnd;
let alice: MatrixPerson;
/** Hears every event of PLAY. */
let roomId: string;
let url: string;
let form: PayloadForm;
let issues = 0;

beforeAll(async () => {
  all = await EndToEnd.start();
  url = all.jira.url;
  form = webhookForm(url);
  alice = await all.person("alice");
  roomId = await all.roomWithBot(alice);
  await answerTo(alice, roomId, `!connect jira PLAY events=${allEvents}`);
});

afterAll(() => all.stop());

function newIssue(summary = "It works"): StandInIssue {
  issues += 1;
  return sampleIssue({ id: String(20_000 + issues), key: `PLAY-${100 + issues}`, project, summary });
}

function created(issue: StandInIssue): object {
  return { webhookEvent: "jira:issue_created", user: userJson(form, issue.creator), issue: issueJson(form, issue) };
}

function updated(issue: StandInIssue, changes: readonly FieldChange[]): object {
  const user = userJson(form, samplePerson("Bo Example"));
  return { webhookEvent: "jira:issue_updated", user, issue: issueJson(form, issue), changelog: changelogJson(1, changes) };
}

/** What the room hears next from the event with this text. */
async function heard(words: string, room = roomId): Promise<ClientEvent["content"]> {
  return (await hear(alice, room, words)).content;
}

/** Sends an issue and waits for it: all that was sent before has arrived by then, because a room's order holds. */
async function heardNow(): Promise<readonly string[]> {
  const last = newIssue();
  await all.webhook(created(last));
  await heard(last.key);
  return said(alice, roomId);
}

function issueKeys(issue: StandInIssue): object {
  return {
    external_url: `${url}/browse/${issue.key}`,
    "uk.half-shot.matrix-hookshot.jira.issue": { id: issue.id, key: issue.key, api_url: `${url}/rest/api/2/issue/${issue.id}` },
    "uk.half-shot.matrix-hookshot.jira.project": { id: "10001", key: "PLAY", api_url: `${url}/rest/api/2/project/10001` },
  };
}

const noticeOf = (body: string, html: string, more: object = {}): object => ({
  msgtype: "m.notice",
  body,
  format: "org.matrix.custom.html",
  formatted_body: html,
  "m.mentions": {},
  ...more,
});

describe("a signed webhook becomes a message", () => {
  it.each([
    { path: "/jira/webhook", event: "jira:issue_created" },
    { path: "/jira/webhook", event: "issue_created" },
    { path: "/", event: "jira:issue_created" },
  ])("$event at $path", async ({ path, event }) => {
    const issue = newIssue("Something & more");

    const answer = await all.webhook({ ...created(issue), webhookEvent: event }, { path });

    expect([answer.status, answer.text]).toEqual([200, "OK"]);
    const link = `${url}/browse/${issue.key}`;
    expect(await heard(issue.key)).toEqual(
      noticeOf(
        `Ada Example created a new JIRA issue [${issue.key}](${link}): "Something & more"`,
        `Ada Example created a new JIRA issue <a href="${link}">${issue.key}</a>: &quot;Something &amp; more&quot;`,
        issueKeys(issue),
      ),
    );
  });

  it.each(["jira:issue_updated", "issue_updated"])("%s with one change", async (event) => {
    const issue = newIssue();

    await all.webhook({ ...updated(issue, [{ field: "status", from: "To Do", to: null }]), webhookEvent: event });

    const link = `${url}/browse/${issue.key}`;
    expect(await heard(issue.key)).toEqual(
      noticeOf(
        `Bo Example updated JIRA [${issue.key}](${link}): **status** changed from 'To Do' to 'not set'`,
        `<p>Bo Example updated JIRA <a href="${link}">${issue.key}</a>: <strong>status</strong> changed from 'To Do' to 'not set'</p>\n`,
        issueKeys(issue),
      ),
    );
  });

  it("an update with several changes lists them", async () => {
    const issue = newIssue();

    await all.webhook(
      updated(issue, [
        { field: "status", from: "To Do", to: "Done" },
        { field: "assignee", from: null, to: "Cy" },
        { field: "priority", from: "Low", to: "High" },
      ]),
    );

    const { body } = await heard(issue.key);
    expect(body).toBe(
      `Bo Example updated JIRA [${issue.key}](${url}/browse/${issue.key}): ` +
        "\n - **status** changed from 'To Do' to 'Done'" +
        "\n  - **assignee** changed from 'not set' to 'Cy'" +
        "\n  - **priority** changed from 'Low' to 'High'",
    );
  });

  it.each([
    { event: "jira:version_created", action: "created" },
    { event: "version_created", action: "created" },
    { event: "jira:version_updated", action: "updated" },
    { event: "version_updated", action: "updated" },
    { event: "jira:version_released", action: "released" },
    { event: "version_released", action: "released" },
  ])("$event", async ({ event, action }) => {
    issues += 1;
    const version = { id: String(30_000 + issues), project, name: `1.${issues}`, description: "The first", released: false };

    await all.webhook({ webhookEvent: event, version: versionJson(form, version) });

    const link = `${url}/projects/10001/versions/${version.id}`;
    expect(await heard(`[${version.name}]`)).toEqual(
      noticeOf(
        `Version **${action}** for project [PLAY](${url}/projects/PLAY): [${version.name}](${link}) (_The first_)`,
        `Version <strong>${action}</strong> for project <a href="${url}/projects/PLAY">PLAY</a>: <a href="${link}">${version.name}</a> (<em>The first</em>)`,
      ),
    );
  });

  it("a version without description has no brackets", async () => {
    await all.webhook({
      webhookEvent: "version_created",
      version: versionJson(form, { id: "39999", project, name: "bare", released: false }),
    });

    expect((await heard("[bare]"))["body"]).toBe(
      `Version **created** for project [PLAY](${url}/projects/PLAY): [bare](${url}/projects/10001/versions/39999)`,
    );
  });

  it("when the secret stands in the address, as from a Jira that cannot sign", async () => {
    const issue = newIssue();

    const answer = await all.webhook(created(issue), { path: `/jira/webhook?secret=${all.secrets.jiraSecret}`, signature: "" });

    expect(answer.status).toBe(200);
    await heard(issue.key);
  });

  it("in every room that is connected, and only for the project that it is of", async () => {
    const [second, other] = [await all.roomWithBot(alice), await all.roomWithBot(alice)];
    all.jira.addProject("OTHER");
    await answerTo(alice, second, "!connect jira PLAY");
    await answerTo(alice, other, "!connect jira OTHER");
    const issue = newIssue();

    await all.webhook(created(issue));
    const { key } = await all.jira.createIssue("OTHER", "Elsewhere");

    await Promise.all([heard(issue.key), heard(issue.key, second), heard(key, other)]);
    expect(await said(alice, other)).toHaveLength(2);
  });

  it("for a version of a project whose id is learnt from an issue", async () => {
    const byHand = await all.roomWithBot(alice);
    const state = { url: `${url}/projects/LEARN`, events: ["issue_created", "version_created"] };
    const learnt = all.jira.addProject("LEARN");
    await all.asOurs("PUT", statePath(byHand, connectionType, state.url), state);
    expect(await answerTo(alice, byHand, "!connections")).toContain("LEARN");
    const { key } = await all.jira.createIssue("LEARN", "Shows the id");
    await heard(key, byHand);

    await all.jira.createVersion("LEARN", "learnt");

    expect((await heard("[learnt]", byHand))["body"]).toContain(`for project [LEARN](${state.url})`);
    expect(Number(learnt.id)).toBeGreaterThan(0);
  });
});

describe("nothing is posted", () => {
  it("a second time for a delivery id that came before", async () => {
    const issue = newIssue();

    const first = await all.webhook(created(issue), { identifier: "the-same" });
    const repeats = await Promise.all([1, 2, 3].map(() => all.webhook(created(issue), { identifier: "the-same" })));

    expect(repeats.map(({ status, text }) => [status, text])).toEqual([1, 2, 3].map(() => [first.status, first.text]));
    expect((await heardNow()).filter((body) => body.includes(`[${issue.key}]`))).toHaveLength(1);
  });

  it.each([
    { proof: "a signature of something else", options: { signature: `sha256=${"0".repeat(64)}` } },
    { proof: "no signature", options: { signature: "" } },
    { proof: "a signature in another form", options: { signature: "sha1=00" } },
    { proof: "a wrong secret in the address", options: { path: "/jira/webhook?secret=guess" } },
    { proof: "a wrong secret at the legacy address", options: { path: "/", signature: `sha256=${"f".repeat(64)}` } },
  ])("with $proof: 401", async ({ options }) => {
    const issue = newIssue();

    const answer = await all.webhook(created(issue), options);

    expect(answer.status).toBe(401);
    expect(answer.json()).toEqual({ errcode: "HS_BAD_TOKEN", error: expect.stringMatching(/^(Invalid secret|Signature did not match)$/) });
    expect((await heardNow()).join("\n")).not.toContain(issue.key);
  });

  it.each([
    "",
    "{",
    "null",
    "[]",
    "3",
    '"issue_created"',
    "{}",
    '{"__proto__":{"webhookEvent":"jira:issue_created"}}',
    '{"webhookEvent":null}',
    '{"webhookEvent":"jira:issue_created"}',
    '{"webhookEvent":"jira:issue_created","issue":null}',
    '{"webhookEvent":"jira:issue_created","issue":[]}',
    '{"webhookEvent":"jira:issue_created","issue":{"id":"1","key":"PLAY-1","self":"javascript:alert(1)","fields":{"project":{"id":"10001","key":"PLAY"}}}}',
    '{"webhookEvent":"jira:issue_updated","issue":{"__proto__":{"id":"1"}},"changelog":{"items":[null,3,{"field":"__proto__"}]}}',
    '{"webhookEvent":"version_created","version":{"id":{},"self":[],"projectId":"10001"}}',
    '{"webhookEvent":"__proto__","issue":{}}',
    '{"webhookEvent":"constructor","issue":{}}',
  ])("for a payload of the wrong shape, which is answered below 500, and the next one works: %s", async (payload) => {
    const before = await said(alice, roomId);

    const answer = await all.webhook(payload);

    expect(answer.status).toBeLessThan(500);
    expect(await heardNow()).toHaveLength(before.length + 1);
  });

  it("for events that are not bridged, and updates that change nothing", async () => {
    const before = await said(alice, roomId);
    const issue = newIssue();

    const answers = [
      await all.webhook({ ...created(issue), webhookEvent: "comment_created" }),
      await all.webhook({ ...created(issue), webhookEvent: "jira:issue_deleted" }),
      await all.webhook(updated(issue, [])),
    ];

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await heardNow()).toHaveLength(before.length + 1);
  });

  it("for what the connection's settings leave out", async () => {
    const onlyCreated = await all.roomWithBot(alice);
    await answerTo(alice, onlyCreated, "!connect jira PLAY events=issue_created");
    const issue = newIssue();

    await all.webhook(updated(issue, [{ field: "status", from: "a", to: "b" }]));
    await all.webhook(created(issue));

    expect((await heard(issue.key, onlyCreated))["body"]).toContain("created a new JIRA issue");
  });
});

describe("text from outside", () => {
  const hostile =
    '@room <img src=x onerror="alert(1)"> [click](javascript:alert(1)) <javascript:alert(2)> **bold** `code` \n\n# title \u202e';

  it("is escaped in HTML, links nowhere and pings nobody", async () => {
    const issue = { ...newIssue(hostile), creator: samplePerson(`@room ${hostile}`) };

    await all.webhook(created(issue));

    const content = await heard(issue.key);
    const html = String(content["formatted_body"]);
    expect(content["body"]).toContain(hostile);
    expect(html.replaceAll(`<a href="${url}/browse/${issue.key}">${issue.key}</a>`, "")).not.toMatch(/<|javascript:alert\(\d\)["'>]/);
    expect(content["m.mentions"]).toEqual({});
    expect(await highlightsOf(roomId)).toBe(0);
  });

  it("is escaped in changes, keys and versions too", async () => {
    const issue = newIssue();
    const key = `PLAY-1](javascript:alert(1))<b>`;

    await all.webhook(updated(issue, [{ field: hostile, from: hostile, to: hostile }]));
    await all.webhook(created({ ...issue, key }));
    const version = { id: "31337](javascript:alert(1))", project, name: `hostile ${hostile}`, description: hostile, released: false };
    await all.webhook({ webhookEvent: "version_created", version: versionJson(form, version) });

    const contents = [await heard(`updated JIRA [${issue.key}]`), await heard("PLAY-1]"), await heard("[hostile")];
    for (const { formatted_body: html } of contents) {
      expect(String(html).replaceAll(/<\/?(p|strong|em|ul|li|a|a href="http:[^"<>]*")>/g, "")).not.toContain("<");
      expect(html).not.toMatch(/href="(?!http:\/\/127\.0\.0\.1)/);
    }
    expect(await highlightsOf(roomId)).toBe(0);
  });

  it("of any length and with broken characters arrives", async () => {
    const issue = newIssue(`\ud800 ${"long & <wide> ".repeat(20_000)}`);

    const answer = await all.webhook(created(issue));

    expect(answer.status).toBe(200);
    expect(bodyOf(await hear(alice, roomId, issue.key))).toContain("\ufffd long");
  });
});

async function highlightsOf(room: string): Promise<number> {
  const filter = encodeURIComponent(JSON.stringify({ room: { rooms: [room] } }));
  const answer = await alice.call<{ rooms: { join: Record<string, { unread_notifications: { highlight_count: number } }> } }>(
    "GET",
    `/_matrix/client/v3/sync?timeout=0&filter=${filter}`,
  );
  return answer.rooms.join[room]?.unread_notifications.highlight_count ?? -1;
}

it("messages come from the bot", async () => {
  const issue = newIssue();

  await all.webhook(created(issue));

  expect((await hear(alice, roomId, issue.key)).sender).toBe(bot);
});
