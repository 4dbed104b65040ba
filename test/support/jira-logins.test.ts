import { createHash, createSign, generateKeyPairSync, randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask, type Asked } from "./ask.js";
import { decide, open } from "./browser.js";
import { withQuery } from "./consent-pages.js";
import { JiraStandIn } from "./jira-stand-in.js";
import { ManualClock } from "./manual-clock.js";

const { privateKey, publicKey } = generateKeyPairSync("rsa", {
  modulusLength: 1_024,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
const callback = "http://127.0.0.1:1/jira/oauth";

let clock: ManualClock;
let jira: JiraStandIn;

beforeEach(async () => {
  clock = new ManualClock();
  jira = await JiraStandIn.start({ deployment: "server", credential: { token: "t" }, contextPath: "/jira", title: "Our Jira", clock });
  jira.addAccount({ name: "ada", displayName: "Ada Lovelace" });
  jira.addProject("PLAY");
});

afterEach(() => jira.stop());

function call(
  path: string,
  options: { readonly method?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Asked> {
  const { port, pathname } = new URL(jira.url);
  return ask(Number(port), pathname + path, options);
}

describe("an application link (OAuth 1.0a)", () => {
  beforeEach(() => {
    jira.logins.allowOAuth1({ consumerKey: "switchboard", publicKey });
  });

  function sign(method: string, path: string, more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
    const own = {
      oauth_consumer_key: "switchboard",
      oauth_nonce: randomUUID(),
      oauth_signature_method: "RSA-SHA1",
      oauth_timestamp: String(Math.floor(clock.now() / 1_000)),
      oauth_version: "1.0",
      ...more,
    };
    const { origin, pathname, searchParams } = new URL(jira.url + path);
    const pairs = [...Object.entries(own), ...searchParams].map((pair) => pair.map(encodeURIComponent).join("=")).sort();
    const base = [method, origin + pathname, pairs.join("&")].map(encodeURIComponent).join("&");
    const oauth_signature = createSign("RSA-SHA1").update(base).sign(privateKey, "base64");
    const words = Object.entries({ ...own, oauth_signature }).map(([name, value]) => `${name}="${encodeURIComponent(value)}"`);
    return { authorization: `OAuth ${words.join(", ")}` };
  }

  function signed(method: string, path: string, more: Readonly<Record<string, string>> = {}): Promise<Asked> {
    return call(path, { method, headers: sign(method, path, more) });
  }

  /** @returns the parameters with which the browser comes back */
  async function authorise(isAllowed = true): Promise<URLSearchParams> {
    const answer = await signed("POST", "/plugins/servlet/oauth/request-token", { oauth_callback: `${callback}?state=s` });
    const token = new URLSearchParams(answer.text).get("oauth_token") ?? "";
    const url = withQuery(`${jira.url}/plugins/servlet/oauth/authorize`, { oauth_token: token });
    return new URL(await decide(url, { as: "ada", isAllowed })).searchParams;
  }

  async function accessToken(): Promise<string> {
    const [, token = "", verifier = ""] = [...(await authorise()).values()];
    const answer = await signed("POST", "/plugins/servlet/oauth/access-token", { oauth_token: token, oauth_verifier: verifier });
    return new URLSearchParams(answer.text).get("oauth_token") ?? "";
  }

  it("lets a person act through signed requests, each of which works once", async () => {
    const token = await accessToken();
    const headers = sign("GET", "/rest/api/2/myself", { oauth_token: token });
    const [first, again] = [await call("/rest/api/2/myself", { headers }), await call("/rest/api/2/myself", { headers })];

    expect(first.json()).toMatchObject({ name: "ada" });
    expect([again.status, again.headers["www-authenticate"]]).toEqual([401, expect.stringContaining("nonce_used")]);
  });

  it("covers the query with the signature", async () => {
    const token = await accessToken();
    const headers = sign("GET", "/rest/api/2/user/assignable/search?project=PLAY&username=a%20b", { oauth_token: token });

    expect((await call("/rest/api/2/user/assignable/search?project=PLAY&username=a%20b", { headers })).status).toBe(200);
    expect((await call("/rest/api/2/user/assignable/search?project=OPS&username=a%20b", { headers })).status).toBe(401);
  });

  it("sends somebody who does not want it back without a verifier, and gives nothing for the token", async () => {
    const query = await authorise(false);
    const verifier = query.get("oauth_verifier") ?? "";
    const more = { oauth_token: query.get("oauth_token") ?? "", oauth_verifier: verifier };

    expect([query.get("state"), verifier]).toEqual(["s", "denied"]);
    expect((await signed("POST", "/plugins/servlet/oauth/access-token", more)).text).toBe("oauth_problem=permission_denied");
  });

  it("gives an access token once", async () => {
    const [, token = "", verifier = ""] = [...(await authorise()).values()];
    const exchange = { oauth_token: token, oauth_verifier: verifier };
    await signed("POST", "/plugins/servlet/oauth/access-token", exchange);

    expect((await signed("POST", "/plugins/servlet/oauth/access-token", exchange)).text).toBe("oauth_problem=token_rejected");
  });

  it("says so when the person took it back", async () => {
    const token = await accessToken();
    jira.revokeTokens(jira.account("ada"));

    expect((await signed("GET", "/rest/api/2/myself", { oauth_token: token })).text).toBe("oauth_problem=token_rejected");
  });
});

describe("an incoming link (OAuth 2.0)", () => {
  const verifier = "v".repeat(60);
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const client = { clientId: "id", clientSecret: "planted", redirectUri: callback };

  beforeEach(() => {
    jira.logins.allowOAuth2(client);
  });

  async function code(isAllowed = true): Promise<URLSearchParams> {
    const asked = { client_id: "id", redirect_uri: callback, response_type: "code", state: "s", scope: "WRITE" };
    const pkce = { code_challenge: challenge, code_challenge_method: "S256" };
    const url = withQuery(`${jira.url}/rest/oauth2/latest/authorize`, { ...asked, ...pkce });
    return new URL(await decide(url, { as: "ada", isAllowed })).searchParams;
  }

  function token(params: Readonly<Record<string, string>>): Promise<Asked> {
    const all = new URLSearchParams({ client_id: "id", client_secret: "planted", redirect_uri: callback, ...params });
    return call(`/rest/oauth2/latest/token?${all.toString()}`, { method: "POST" });
  }

  async function tokens(): Promise<{ readonly access_token: string; readonly refresh_token: string }> {
    const answer = await token({ grant_type: "authorization_code", code: (await code()).get("code") ?? "", code_verifier: verifier });
    return answer.json() as { readonly access_token: string; readonly refresh_token: string };
  }

  it("lets a person act with an access token until it ends", async () => {
    const { access_token } = await tokens();
    const headers = { authorization: `Bearer ${access_token}` };
    const before = await call("/rest/api/2/myself", { headers });
    await clock.advance(7_200_000);

    expect(before.json()).toMatchObject({ name: "ada" });
    expect((await call("/rest/api/2/myself", { headers })).status).toBe(401);
  });

  it("checks the verifier", async () => {
    const answer = await token({ grant_type: "authorization_code", code: (await code()).get("code") ?? "", code_verifier: "w".repeat(60) });

    expect([answer.status, answer.json()]).toMatchObject([400, { error: "invalid_grant" }]);
  });

  it("renews once, and only with the registered address", async () => {
    const { refresh_token } = await tokens();
    const ways = [{ redirect_uri: "" }, {}, {}];
    const statuses: number[] = [];
    for (const way of ways) statuses.push((await token({ grant_type: "refresh_token", refresh_token, ...way })).status);

    expect(statuses).toEqual([400, 200, 400]);
  });

  it("says 401 to a wrong client secret", async () => {
    expect((await token({ client_secret: "wrong", grant_type: "refresh_token" })).json()).toMatchObject({ error: "invalid_client" });
  });

  it("sends somebody who does not want it back with an error", async () => {
    expect([...(await code(false))]).toEqual([
      ["error", "access_denied"],
      ["state", "s"],
    ]);
  });

  it("shows a page for an address that is not registered", async () => {
    const query = { client_id: "id", redirect_uri: "http://evil", response_type: "code", state: "s", scope: "WRITE" };

    expect((await open(withQuery(`${jira.url}/rest/oauth2/latest/authorize`, query))).status).toBe(400);
  });

  it("tells its title and lists the person's projects", async () => {
    const headers = { authorization: `Bearer ${(await tokens()).access_token}` };

    expect((await call("/rest/api/2/serverInfo")).json()).toMatchObject({ serverTitle: "Our Jira", baseUrl: jira.url });
    expect((await call("/rest/api/2/project", { headers })).json()).toMatchObject([{ key: "PLAY" }]);
  });
});
