import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGitHubSetting, type GitHubSetting } from "../../../test/support/github-setting.js";
import { deadHttpClient } from "../../../test/support/service-context.js";
import { PermissionError, RemoteError } from "../../core/errors.js";
import type { HttpClient, HttpRequest } from "../../core/ports/http-client.js";
import { Secret } from "../../shared/secret.js";
import { personLink, type GitHubLink } from "./access.js";

const hello = { owner: "octo", repo: "hello" };
const first = { ...hello, number: 1 };
const pace = { retryPauseMs: 0, isSpaced: false };

let setting: GitHubSetting;
let ada: GitHubLink;

beforeEach(async () => {
  setting = await createGitHubSetting();
  ada = personLink({ token: new Secret("ghp_ada_token"), by: "token" }, setting.context, pace);
});

afterEach(() => setting.gitHub.stop());

/** What a failing request came to. */
async function failureOf(run: () => Promise<unknown>): Promise<Error> {
  const error = await run().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Error) return error;
  throw new TypeError("It did not fail");
}

describe("requests", () => {
  it("go to the API of the configured GitHub, with the person's token and not in Octokit's name", async () => {
    await setting.parts.client.whoAmI(ada);

    expect(setting.gitHub.requests).toMatchObject([{ name: "GET /user", authorization: "token ghp_ada_token" }]);
    expect(setting.gitHub.requests[0]?.userAgent).not.toContain("octokit");
  });

  it("follow a repository to its new name, changes too", async () => {
    setting.gitHub.addFormerName("octo/hello", "octo/old");

    const made = await setting.parts.client.createIssue(ada, { owner: "octo", repo: "old" }, { title: "Oil", labels: [] });

    expect(made.number).toBe(1);
    expect(await setting.parts.client.findRepository(ada, { owner: "octo", repo: "old" })).toMatchObject({ full_name: "octo/hello" });
  });

  it.each([
    { title: "a status that nobody knows", answer: { status: 999, headers: {} } },
    { title: "headers that cannot be read", answer: { status: 201, headers: { date: "\n\0" } } },
  ])("that change something may have done so where the answer has $title", async ({ answer }) => {
    const http: HttpClient = { request: async () => ({ ...answer, body: "{}", bytes: Buffer.from("{}") }) };
    const link = personLink({ token: new Secret("ghp_ada_token"), by: "token" }, { ...setting.context, http }, pace);

    const failed = await failureOf(() => setting.parts.client.createIssue(link, hello, { title: "Oil", labels: [] }));

    expect(failed).toMatchObject({ outcomeUnknown: true });
  });

  it("never take a credential to another place", async () => {
    const asked: HttpRequest[] = [];
    const http: HttpClient = {
      async request(request) {
        asked.push(request);
        const bytes = Buffer.from("{}");
        return { status: 302, headers: { location: "https://evil.example.org/user" }, body: "{}", bytes };
      },
    };

    const failed = await failureOf(() =>
      setting.parts.client.whoAmI(personLink({ token: new Secret("ghp_ada_token"), by: "token" }, { ...setting.context, http }, pace)),
    );

    expect(failed.message).toContain("redirects to another place");
    expect(asked).toHaveLength(1);
  });

  it("do not go where an answer says that the next page is", async () => {
    const headers = { link: '<https://evil.example.org/next>; rel="next"' };
    const http: HttpClient = {
      async request() {
        return { status: 200, headers: { ...headers, "content-type": "application/json" }, body: "[]", bytes: Buffer.from("[]") };
      },
    };
    const link = personLink({ token: new Secret("ghp_ada_token"), by: "token" }, { ...setting.context, http }, pace);

    expect((await failureOf(() => setting.parts.client.installations(link))).message).toContain("names an address elsewhere");
  });

  it("read no list in what a proxy says", async () => {
    setting.gitHub.failWith({ kind: "page" });

    expect((await failureOf(() => setting.parts.client.workflows(ada, hello))).message).toContain("something that is no GitHub answer");
  });

  it("read all pages", async () => {
    for (let count = 0; count < 120; count += 1) setting.gitHub.addAccount(`org${count}`);
    for (let count = 0; count < 120; count += 1) await setting.gitHub.install(`org${count}`);

    await setting.parts.app.task.run(setting.context);

    expect(setting.gitHub.requests.filter(({ name }) => name === "GET /app/installations")).toHaveLength(2);
  });
});

describe("second tries", () => {
  it("are made of reads that a gateway failed", async () => {
    setting.gitHub.failWith({ kind: "status", status: 502, times: 1 });

    expect(await setting.parts.client.whoAmI(ada)).toMatchObject({ login: "ada" });
    expect(setting.gitHub.requests).toHaveLength(2);
  });

  it("are never made of changes", async () => {
    await setting.gitHub.createIssue("octo/hello", "Oil", "ada");
    setting.gitHub.failWith({ kind: "status", status: 502 });

    const failed = await failureOf(() => setting.parts.client.addComment(ada, first, "Done"));

    expect(setting.gitHub.requests).toHaveLength(1);
    expect(failed).toMatchObject({ status: 502, outcomeUnknown: true });
    expect(failed.message).toContain("It may have been done all the same");
  });

  it("are not made when the request was cut: it may have been carried out", async () => {
    await setting.gitHub.createIssue("octo/hello", "Oil", "ada");
    setting.gitHub.failWith({ kind: "cut", isCarriedOut: true });
    const http: HttpClient = {
      request: (request) =>
        setting.context.http.request(request).catch((cause: unknown) => {
          throw new RemoteError("github.example.org could not be reached", { cause, outcomeUnknown: request.method !== "GET" });
        }),
    };
    const link = personLink({ token: new Secret("ghp_ada_token"), by: "token" }, { ...setting.context, http }, pace);

    const failed = await failureOf(() => setting.parts.client.addComment(link, first, "Done"));

    expect(failed).toMatchObject({ outcomeUnknown: true });
    expect(setting.gitHub.issue("octo/hello", 1).comments).toHaveLength(1);
  });

  it("wait out a limit that is nearly over", async () => {
    setting.gitHub.failWith({ kind: "secondary-limit", retryAfterSeconds: 2, times: 1 });

    expect(await setting.parts.client.whoAmI(ada)).toMatchObject({ login: "ada" });
  });
});

describe("failures", () => {
  it.each([
    [{ kind: "rate-limit", resetInSeconds: 600 }, /takes no more requests for now\. Try again in (?:10|11) minutes\./],
    [{ kind: "secondary-limit", retryAfterSeconds: 45 }, /takes no more requests for now\. Try again in 45 seconds\./],
    [{ kind: "status", status: 500 }, /failed \(500\)\. Try again later\./],
    [
      { kind: "status", status: 410, message: "Issues are disabled for this repo" },
      /refuses this \(410\)\. Issues are disabled for this repo\./,
    ],
    [{ kind: "page" }, /answered something that is no GitHub answer/],
    [{ kind: "cut" }, /gave no answer: no answer came\. Try again later/],
  ] as const)("are told with reason and remedy: %j", async (fault, sentence) => {
    setting.gitHub.failWith(fault);

    const failed = await failureOf(() => setting.parts.client.whoAmI(ada));

    expect(failed).toBeInstanceOf(RemoteError);
    expect(failed.message).toMatch(sentence);
  });

  it("of a token are the person's to mend", async () => {
    setting.gitHub.failWith({ kind: "status", status: 401, message: "Bad credentials" });

    const failed = await failureOf(() => setting.parts.client.whoAmI(ada));

    expect(failed).toBeInstanceOf(PermissionError);
    expect(failed.message).toContain(
      "does not accept your token (401). Make a new one there, then type `github setpersonaltoken <accessToken>`",
    );
  });

  it("name the single sign-on that a token lacks", async () => {
    const headers = { "x-github-sso": "required; url=https://github.com/orgs/octo/sso?authorization_request=1" };
    setting.gitHub.failWith({ kind: "status", status: 403, message: "Resource protected by organization SAML enforcement.", headers });

    const failed = await failureOf(() => setting.parts.client.whoAmI(ada));

    expect(failed.message).toContain("Authorise the token for the organisation's single sign-on");
  });

  it("carry GitHub's own words, without backticks and without what was sent", async () => {
    setting.gitHub.failWith({ kind: "status", status: 422, message: "No `x` for ghp_ada_token\nand ghs_0123456789abcdef" });

    const failed = await failureOf(() => setting.parts.client.createIssue(ada, hello, { title: "Oil", labels: [] }));

    expect(failed.message).toContain("refuses this (422): No 'x' for [secret] and [secret].");
  });

  it("hold no token anywhere, causes included", async () => {
    setting.gitHub.failWith({ kind: "status", status: 403, message: "Forbidden" });

    const failed = await failureOf(() => setting.parts.client.createIssue(ada, hello, { title: "Oil", labels: [] }));

    const inside = JSON.stringify([failed.message, failed.stack, failed.cause, Object.entries(failed)]);
    expect(inside).not.toContain("ghp_ada_token");
  });

  it("are no answer where nobody answers", async () => {
    const link = personLink({ token: new Secret("ghp_ada_token"), by: "token" }, { ...setting.context, http: deadHttpClient }, pace);

    expect((await failureOf(() => setting.parts.client.whoAmI(link))).message).toContain(
      `GitHub (${setting.gitHub.url}) gave no answer: no answer came. Try again later; if it stays so, the administrator has to check`,
    );
  });
});
