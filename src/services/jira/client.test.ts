import { describe, expect, it } from "vitest";
import { RecordedHttp, respond } from "../../../test/support/recorded-http.js";
import { RemoteError } from "../../core/errors.js";
import { Secret } from "../../shared/secret.js";
import { credentialAccess, personAccess, type JiraAccess } from "./access.js";
import { createJiraClient } from "./client.js";
import type { JiraInstance } from "./instances.js";
import { tokenSigner } from "./signer.js";

const client = createJiraClient();
const token = "planted-token";
const secret = new Secret(token);
const instance: JiraInstance = {
  kind: "instance",
  name: "main",
  url: "https://jira.example.org/jira",
  host: "jira.example.org",
  deployment: "server",
  configPath: "jira.instances.main",
};
const person = personAccess(instance, { token: secret });
const credential = credentialAccess({ ...instance, credential: { username: "bot", token: secret } });
const other: JiraAccess = { name: "x", url: instance.url, deployment: "server", signer: tokenSigner({ token: secret }), holder: "other" };

const readCall = "GET https://jira.example.org/jira/rest/api/2/issue/PLAY-1";
const changeCall = "POST https://jira.example.org/jira/rest/api/2/issue";

async function failureOf(ask: Promise<unknown>): Promise<RemoteError> {
  const error: unknown = await ask.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof RemoteError) return error;
  throw new TypeError("it did not fail as a remote does");
}

function read(access: JiraAccess, answer: unknown): Promise<RemoteError> {
  const http = new RecordedHttp({ [readCall]: answer, [readCall.replace("/2/", "/3/")]: answer });
  return failureOf(client.findIssue({ http, access }, "PLAY-1"));
}

function change(access: JiraAccess, answer: unknown): Promise<RemoteError> {
  return failureOf(client.createIssue({ http: new RecordedHttp({ [changeCall]: answer }), access }, { summary: "x" }));
}

const page = respond(200, "<!doctype html><title>Log in</title>");

describe("a failure of Jira", () => {
  const wrong = { errorMessages: ["The <b>thing</b> is `wrong`"], errors: { summary: "You must\nspecify a summary.", labels: "" } };

  it.each<{ readonly title: string; readonly access: JiraAccess; readonly answer: unknown; readonly says: string }>([
    {
      title: "a mistake that Jira explains",
      access: person,
      answer: respond(400, wrong),
      says: "refuses this (400): The thing is 'wrong'. summary: You must specify a summary.",
    },
    {
      title: "a mistake that Jira does not explain",
      access: person,
      answer: respond(400, "<html>"),
      says: "refuses this (400) and does not say why.",
    },
    {
      title: "a person's token refused",
      access: person,
      answer: respond(401),
      says: "does not accept your token (401). Make a new one there, then type `jira token main <token>` in a direct chat with me.",
    },
    {
      title: "a person's token refused on Cloud",
      access: { ...person, deployment: "cloud" },
      answer: respond(401),
      says: "type `jira token main <email> <token>` in a direct chat with me.",
    },
    {
      title: "the credential refused",
      access: credential,
      answer: respond(401),
      says: "does not accept the credential (401). The administrator has to renew `jira.instances.main.credential`.",
    },
    {
      title: "another's token refused",
      access: other,
      answer: respond(401),
      says: "does not accept the token (401). It has to be renewed.",
    },
    {
      title: "a missing right of a person",
      access: person,
      answer: respond(403, { errorMessages: ["No."] }),
      says: "forbids this (403). No. Your account there lacks the right to do it",
    },
    {
      title: "a missing right of the credential",
      access: credential,
      answer: respond(403),
      says: "forbids this (403). The account of `jira.instances.main.credential` lacks the right to do it",
    },
    {
      title: "a captcha",
      access: person,
      answer: respond(403, "", { "x-authentication-denied-reason": "CAPTCHA_CHALLENGE; login-url=https://jira.example.org/login.jsp" }),
      says: "Your account there has to log in with a browser once, to solve a captcha.",
    },
    {
      title: "too many requests",
      access: person,
      answer: respond(429, "", { "retry-after": "7" }),
      says: "(429). Try again in 7 seconds.",
    },
    { title: "too many requests, no time said", access: person, answer: respond(429), says: "(429). Try again in a minute." },
    { title: "a failure within", access: person, answer: respond(500), says: "failed (500). Try again later." },
    { title: "a conflict", access: person, answer: respond(409, { errorMessages: ["Busy"] }), says: "refuses this (409): Busy." },
    {
      title: "a redirect",
      access: person,
      answer: respond(302),
      says: "answered 302 instead of what was asked for. If it stays so, the administrator has to check `jira.instances.main.url`",
    },
    {
      title: "a web page",
      access: person,
      answer: page,
      says: "answered something that is no Jira answer. If it stays so, the administrator has to check",
    },
    { title: "JSON of something else", access: person, answer: { key: "PLAY-1" }, says: "answered something that is no Jira answer." },
    {
      title: "silence",
      access: other,
      answer: new RemoteError("jira.example.org did not answer within 10 seconds"),
      says: "The Jira x (https://jira.example.org/jira) gave no answer: jira.example.org did not answer within 10 seconds. Try again later; if it stays so, its address has to be checked.",
    },
  ])("is told with reason and remedy: $title", async ({ access, answer, says }) => {
    const error = await read(access, answer);

    expect(error.message).toContain(says);
    expect(error.message).toMatch(/^The Jira (?:main|x) \(https:\/\/jira\.example\.org\/jira\) /);
    expect(error.outcomeUnknown).toBe(false);
  });

  it.each([
    { title: "a cut", answer: new RemoteError("cut", { outcomeUnknown: true }), unknown: true },
    { title: "a failure within", answer: respond(502), unknown: true },
    { title: "a web page", answer: page, unknown: true },
    { title: "no connection at all", answer: new RemoteError("refused"), unknown: false },
    { title: "a refusal", answer: respond(400), unknown: false },
    { title: "a wrong token", answer: respond(401), unknown: false },
    { title: "too many requests", answer: respond(429), unknown: false },
    { title: "a redirect", answer: respond(302), unknown: false },
  ])("of a change, by $title, says whether it may have been done: $unknown", async ({ answer, unknown }) => {
    const error = await change(person, answer);

    expect(error.outcomeUnknown).toBe(unknown);
    expect(error.message.includes("It may have been done all the same: look there before you try again.")).toBe(unknown);
  });

  it("of a search, which is sent by POST, leaves nothing open", async () => {
    const call = "POST https://jira.example.org/jira/rest/api/2/search";
    const http = new RecordedHttp({ [call]: new RemoteError("cut", { outcomeUnknown: true }) });

    expect((await failureOf(client.search({ http, access: person }, "search", {}))).outcomeUnknown).toBe(false);
  });

  it("shows no token, not even one that was sent back", async () => {
    const basic = Buffer.from(`bot:${token}`).toString("base64");

    const error = await read(credential, respond(400, { errorMessages: [`Basic ${basic} and ${token} are wrong`] }));

    expect(error.message).toContain("Basic [secret] and [secret] are wrong.");
  });

  it("is not told at any length", async () => {
    const error = await read(person, respond(400, { errorMessages: ["x".repeat(100_000)], errors: [1, null] }));

    expect(error.message.length).toBeLessThan(600);
  });
});

describe("what Jira lists", () => {
  it("is read without what does not fit", async () => {
    const issue = { key: "PLAY-1", fields: { project: { key: "PLAY" } } };
    const http = new RecordedHttp({
      "POST https://jira.example.org/jira/rest/api/2/search": { issues: [issue, null, { key: "PLAY-2" }, 7] },
      [`${readCall}/transitions`]: {
        transitions: [
          { id: "1", name: "Go" },
          { id: "2", name: "Stop", to: { name: "Done" } },
        ],
      },
    });
    const link = { http, access: person };

    expect(await client.search(link, "search", {})).toEqual([issue]);
    expect(await client.transitions(link, "PLAY-1")).toEqual([{ id: "2", name: "Stop", to: { name: "Done" } }]);
    expect(
      client.issueTypesOf({
        id: "1",
        key: "PLAY",
        issueTypes: [{ name: "Bug" }, { name: "Part", subtask: true }, { id: 1 }, { name: "Bug" }],
      }),
    ).toEqual(["Bug"]);
  });
});
