import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask, type Asked } from "./ask.js";
import { decide, open } from "./browser.js";
import { withQuery } from "./consent-pages.js";
import { JiraCloud } from "./jira-cloud.js";
import { JiraStandIn } from "./jira-stand-in.js";
import { ManualClock } from "./manual-clock.js";

const client = { clientId: "cloud-app", clientSecret: "planted", redirectUri: "http://127.0.0.1:1/jira/oauth" };
const scope = "read:jira-work write:jira-work read:jira-user offline_access";
const usual = { audience: "api.atlassian.com", client_id: client.clientId, scope, redirect_uri: client.redirectUri, response_type: "code" };

let clock: ManualClock;
let cloud: JiraCloud;
let sites: readonly JiraStandIn[];

beforeEach(async () => {
  clock = new ManualClock();
  cloud = await JiraCloud.start({ client, clock });
  const credential = { username: "bot@example.org", token: "t" };
  sites = await Promise.all([1, 2].map(() => JiraStandIn.start({ deployment: "cloud", credential })));
  for (const site of sites) site.addProject("PLAY", "Playground");
  const [first, second] = sites.map((jira, index) => cloud.addSite(`site${index + 1}`, jira));
  cloud.addPerson("ada", { displayName: "Ada Lovelace", sites: [first!, second!] });
  cloud.addPerson("bo", { displayName: "Bo Baker", sites: [second!] });
});

afterEach(async () => {
  await Promise.all([cloud.stop(), ...sites.map((site) => site.stop())]);
});

function authorizeUrl(change: Readonly<Record<string, string | undefined>> = {}): string {
  return withQuery(`${cloud.url}/authorize`, { ...usual, state: "s", prompt: "consent", ...change });
}

async function callback(as = "ada", change: Readonly<Record<string, string>> = {}): Promise<URLSearchParams> {
  return new URL(await decide(authorizeUrl(change), { as })).searchParams;
}

async function post(path: string, body: object): Promise<Asked> {
  const headers = { "content-type": "application/json" };
  return ask(Number(new URL(cloud.url).port), path, { method: "POST", headers, body: JSON.stringify(body) });
}

interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

async function logIn(as = "ada"): Promise<Tokens> {
  const code = (await callback(as)).get("code");
  const { clientId: client_id, clientSecret: client_secret, redirectUri: redirect_uri } = client;
  const answer = await post("/oauth/token", { grant_type: "authorization_code", client_id, client_secret, code, redirect_uri });
  return answer.json() as Tokens;
}

function refresh(refreshToken: string, secret = client.clientSecret): Promise<Asked> {
  const proof = { client_id: client.clientId, client_secret: secret };
  return post("/oauth/token", { grant_type: "refresh_token", ...proof, refresh_token: refreshToken });
}

function get(path: string, token: string): Promise<Asked> {
  return ask(Number(new URL(cloud.url).port), path, { headers: { authorization: `Bearer ${token}` } });
}

describe("what stands in for Atlassian's authorization server", () => {
  it("sends a person who agrees back with a code and the state", async () => {
    const query = await callback();

    expect([...query.keys()]).toEqual(["state", "code"]);
    expect(query.get("state")).toBe("s");
  });

  it("sends a person who does not agree back with an error", async () => {
    const query = new URL(await decide(authorizeUrl(), { as: "ada", isAllowed: false })).searchParams;

    expect([query.get("error"), query.get("state"), query.has("code")]).toEqual(["access_denied", "s", false]);
  });

  it.each([
    { what: "an unknown client", change: { client_id: "other" } },
    { what: "an address that is not registered", change: { redirect_uri: "https://evil.example.org" } },
    { what: "no state", change: { state: "" } },
  ])("shows a page instead of sending back for $what", async ({ change }) => {
    expect((await open(authorizeUrl(change))).status).toBe(400);
  });

  it("gives tokens for a code once, and says 403 invalid_grant then", async () => {
    const code = (await callback()).get("code");
    const body = { grant_type: "authorization_code", client_id: client.clientId, client_secret: client.clientSecret, code };
    const exchange = { ...body, redirect_uri: client.redirectUri };
    const [first, second] = [await post("/oauth/token", exchange), await post("/oauth/token", exchange)];

    expect(first.json()).toMatchObject({ access_token: expect.any(String), refresh_token: expect.any(String), expires_in: 3_600, scope });
    expect([second.status, second.json()]).toEqual([403, { error: "invalid_grant", error_description: expect.any(String) }]);
  });

  it("checks the verifier where there was a challenge", async () => {
    const verifier = "v".repeat(50);
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    const statuses = await Promise.all(
      [verifier, "w".repeat(50)].map(async (code_verifier) => {
        const code = (await callback("ada", { code_challenge: challenge, code_challenge_method: "S256" })).get("code");
        const { clientId: client_id, clientSecret: client_secret, redirectUri: redirect_uri } = client;
        const body = { grant_type: "authorization_code", client_id, client_secret, code, redirect_uri, code_verifier };
        return (await post("/oauth/token", body)).status;
      }),
    );

    expect(statuses).toEqual([200, 403]);
  });

  it("says 401 to a wrong client secret, and the refresh token goes on working", async () => {
    const { refresh_token } = await logIn();
    const wrong = await refresh(refresh_token, "wrong");

    expect([wrong.status, wrong.json()]).toEqual([401, { error: "access_denied", error_description: "Unauthorized" }]);
    expect((await refresh(refresh_token)).status).toBe(200);
  });

  it("rotates refresh tokens: of two who use one, one is refused", async () => {
    const { refresh_token } = await logIn();

    expect([(await refresh(refresh_token)).status, (await refresh(refresh_token)).status]).toEqual([200, 403]);
  });

  it("takes nothing but JSON", async () => {
    const answer = await ask(Number(new URL(cloud.url).port), "/oauth/token", { method: "POST", body: "grant_type=refresh_token" });

    expect(answer.status).toBe(400);
  });
});

describe("what stands in for Atlassian's API", () => {
  it.each([
    { as: "ada", names: ["site1", "site2"] },
    { as: "bo", names: ["site2"] },
  ])("lists the sites of $as", async ({ as, names }) => {
    const answer = await get("/oauth/token/accessible-resources", (await logIn(as)).access_token);

    expect((answer.json() as { readonly name: string }[]).map(({ name }) => name)).toEqual(names);
  });

  it("lets the person act on a site as themselves, under the API's address", async () => {
    const { access_token } = await logIn("bo");
    const [site] = (await get("/oauth/token/accessible-resources", access_token)).json() as { readonly id: string }[];
    const base = `/ex/jira/${site?.id ?? ""}/rest/api/3`;
    const [myself, project, list] = await Promise.all(
      ["/myself", "/project/PLAY", "/project/search?query=play&maxResults=10"].map((path) => get(base + path, access_token)),
    );

    expect(myself?.json()).toMatchObject({ displayName: "Bo Baker" });
    expect(project?.json()).toMatchObject({ key: "PLAY", self: expect.stringContaining(cloud.url + base) });
    expect(list?.json()).toMatchObject({ total: 1, isLast: true, values: [{ key: "PLAY" }] });
  });

  it("says 401 without a token, to one that ended, and 404 for a site of others", async () => {
    const { access_token } = await logIn("bo");
    const others = cloud.addSite("elsewhere", sites[0]!).id;
    const foreign = await get(`/ex/jira/${others}/rest/api/3/myself`, access_token);
    await clock.advance(3_600_000);

    expect(foreign.status).toBe(404);
    expect((await get("/oauth/token/accessible-resources", access_token)).status).toBe(401);
    expect((await get("/oauth/token/accessible-resources", "")).status).toBe(401);
  });

  it("fails as told", async () => {
    cloud.failWith({ kind: "status", status: 503, only: /token$/ });

    expect((await refresh("any")).status).toBe(503);
  });
});
