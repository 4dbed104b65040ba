import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask, type Asked } from "./ask.js";
import { decide, open } from "./browser.js";
import { withQuery } from "./consent-pages.js";
import { GitHubStandIn } from "./github-stand-in.js";
import { ManualClock } from "./manual-clock.js";

const client = { clientId: "Iv1.app", clientSecret: "planted", redirectUri: "http://127.0.0.1:1/github/oauth" };
const json = { accept: "application/json" };

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

let clock: ManualClock;
let gitHub: GitHubStandIn;

beforeEach(async () => {
  clock = new ManualClock();
  gitHub = await GitHubStandIn.start({ clock });
  gitHub.oauth.register(client);
  gitHub.addOrganization("octo");
  gitHub.addAccount("ada");
  gitHub.addAccount("bo");
  for (const name of ["one", "two", "three"]) gitHub.addRepository(`octo/${name}`, { permissions: { ada: "write" } });
  gitHub.addRepository("octo/others");
});

afterEach(() => gitHub.stop());

function port(): number {
  return Number(new URL(gitHub.url).port);
}

async function callback(change: Readonly<Record<string, string>> = {}, isAllowed = true): Promise<URLSearchParams> {
  const url = withQuery(`${gitHub.url}/login/oauth/authorize`, { client_id: client.clientId, state: "s", ...change });
  return new URL(await decide(url, { as: "ada", isAllowed })).searchParams;
}

function exchange(params: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = json): Promise<Asked> {
  const body = new URLSearchParams({ client_id: client.clientId, client_secret: client.clientSecret, ...params }).toString();
  const type = { "content-type": "application/x-www-form-urlencoded" };
  return ask(port(), "/login/oauth/access_token", { method: "POST", headers: { ...type, ...headers }, body });
}

async function logIn(): Promise<Tokens> {
  return (await exchange({ code: (await callback()).get("code") ?? "" })).json() as Tokens;
}

function get(path: string, token: string): Promise<Asked> {
  return ask(port(), `/api/v3${path}`, { headers: { authorization: `Bearer ${token}` } });
}

describe("logging in with the stand-in's App", () => {
  it("gives tokens that last eight hours and half a year, and the person's rights", async () => {
    const tokens = await logIn();
    const before = (await get("/user", tokens.access_token)).json();
    await clock.advance(28_800_000);

    expect(tokens).toMatchObject({ expires_in: 28_800, refresh_token_expires_in: 15_811_200, token_type: "bearer" });
    expect([tokens.access_token.slice(0, 4), tokens.refresh_token.slice(0, 4)]).toEqual(["ghu_", "ghr_"]);
    expect(before).toMatchObject({ login: "ada" });
    expect((await get("/user", tokens.access_token)).status).toBe(401);
  });

  it("answers with a form where JSON is not asked for", async () => {
    const answer = await exchange({ code: (await callback()).get("code") ?? "" }, {});

    expect(answer.headers["content-type"]).toContain("form-urlencoded");
    expect(new URLSearchParams(answer.text).get("access_token")).toMatch(/^ghu_/);
  });

  it("sends somebody who does not want it back with an error and the state", async () => {
    const query = await callback({}, false);

    expect([query.get("error"), query.get("state"), query.has("code")]).toEqual(["access_denied", "s", false]);
  });

  it("shows a page for an address that is not registered", async () => {
    const query = { client_id: client.clientId, state: "s", redirect_uri: "http://evil" };

    expect((await open(withQuery(`${gitHub.url}/login/oauth/authorize`, query))).status).toBe(400);
  });

  it.each([
    { params: { client_secret: "wrong" }, error: "incorrect_client_credentials" },
    { params: { code: "wrong" }, error: "bad_verification_code" },
    { params: { grant_type: "refresh_token", refresh_token: "ghr_wrong" }, error: "bad_refresh_token" },
    { params: { code: "any", redirect_uri: "http://evil" }, error: "redirect_uri_mismatch" },
  ])("says $error with a status of 200", async ({ params, error }) => {
    const answer = await exchange(params);

    expect([answer.status, answer.json()]).toMatchObject([200, { error }]);
  });

  it("checks the verifier where there was a challenge", async () => {
    const verifier = "v".repeat(50);
    const code_challenge = createHash("sha256").update(verifier).digest("base64url");
    const answers: unknown[] = [];
    for (const code_verifier of [verifier, "w".repeat(50)]) {
      const code = (await callback({ code_challenge, code_challenge_method: "S256" })).get("code") ?? "";
      answers.push((await exchange({ code, code_verifier })).json());
    }

    expect(answers).toMatchObject([{ access_token: expect.any(String) }, { error: "bad_verification_code" }]);
  });

  it("renews once, and the former tokens end", async () => {
    const { access_token, refresh_token } = await logIn();
    const renewal = { grant_type: "refresh_token", refresh_token };
    const [first, second] = [await exchange(renewal), await exchange(renewal)];

    expect([first.json(), second.json()]).toMatchObject([{ access_token: expect.any(String) }, { error: "bad_refresh_token" }]);
    expect((await get("/user", access_token)).status).toBe(401);
  });

  it("fails as told", async () => {
    gitHub.failWith({ kind: "status", status: 502, only: /access_token$/ });

    expect((await exchange({})).status).toBe(502);
  });
});

describe("what a person reaches through the App", () => {
  it("lists installations where they have something to see", async () => {
    await gitHub.install("octo", ["one", "two"]);
    await gitHub.install("ada");
    await gitHub.install("bo");
    const answer = await get("/user/installations", (await logIn()).access_token);

    expect(answer.json()).toMatchObject({
      total_count: 2,
      installations: [
        { repository_selection: "selected", html_url: expect.stringContaining("/organizations/octo/settings/installations/") },
        { repository_selection: "all", html_url: expect.stringMatching(/^http:\/\/[^/]+\/settings\/installations\/\d+$/) },
      ],
    });
  });

  it("lists repositories on which they have a right of their own, by page", async () => {
    const { id } = await gitHub.install("octo");
    const { access_token } = await logIn();
    const pages = [1, 2, 3].map((page) => get(`/user/installations/${id}/repositories?per_page=2&page=${page}`, access_token));

    expect((await Promise.all(pages)).map((answer) => answer.json())).toMatchObject([
      { total_count: 3, repository_selection: "all", repositories: [{ name: "one", permissions: { push: true } }, { name: "two" }] },
      { total_count: 3, repositories: [{ name: "three" }] },
      { total_count: 3, repositories: [] },
    ]);
  });

  it("is told to nobody else, and not to tokens of people's own making", async () => {
    const { id } = await gitHub.install("bo");

    expect((await get(`/user/installations/${id}/repositories`, (await logIn()).access_token)).status).toBe(404);
    expect((await get("/user/installations", "ghp_ada_token")).status).toBe(403);
  });
});
