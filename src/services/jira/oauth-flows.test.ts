import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decide } from "../../../test/support/browser.js";
import { JiraCloud } from "../../../test/support/jira-cloud.js";
import { JiraStandIn } from "../../../test/support/jira-stand-in.js";
import { ManualClock } from "../../../test/support/manual-clock.js";
import { createMemoryLogins, type MemoryLogins } from "../../../test/support/memory-logins.js";
import { createServiceContext, fetchHttpClient } from "../../../test/support/service-context.js";
import type { OAuthOutcome } from "../../core/oauth.js";
import type { ServiceContext } from "../../core/service.js";
import { Secret } from "../../shared/secret.js";
import { createJiraClient } from "./client.js";
import { createCommitAuthors } from "./commit-authors.js";
import { createJiraOauth } from "./oauth.js";
import type { JiraParts } from "./parts.js";
import { createLoginBook } from "./personal-login.js";
import type { JiraConfig } from "./schema.js";
import { personsJiras } from "./sites.js";
import { createTracker } from "./tracker.js";

// The whole way against what stands in for Atlassian: there, back, acting, renewing, and the end.

const ada = "@ada:example.org";
const redirect_uri = "http://127.0.0.1:1/jira/oauth";
const codeVerifier = "v".repeat(60);
const codeChallenge = createHash("sha256").update(codeVerifier).digest("base64url");
const hours = 3_600_000;

let clock: ManualClock;
let logins: MemoryLogins;
let parts: JiraParts;
let context: ServiceContext<JiraConfig>;
let stops: (() => Promise<unknown>)[];

beforeEach(() => {
  clock = new ManualClock();
  logins = createMemoryLogins({ now: () => clock.now() });
  parts = { client: createJiraClient(), logins: createLoginBook() };
  stops = [];
});

afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()));
});

function use(config: Omit<JiraConfig, "webhook">): void {
  const of = { webhook: { secret: new Secret("s") }, ...config };
  context = { ...createServiceContext<JiraConfig>(of, { logins, http: fetchHttpClient }), now: () => clock.now() };
}

async function logIn(isAllowed = true): Promise<OAuthOutcome> {
  const oauth = createJiraOauth({ ...parts, authors: createCommitAuthors(parts) });
  const { url, kept } = await oauth.begin({ actor: ada, state: "s", codeChallenge }, context);
  const query = Object.fromEntries(new URL(await decide(url, { as: "ada", isAllowed })).searchParams);
  const back = { actor: ada, state: "s", codeVerifier, query, ...(kept === undefined ? {} : { kept }) } as const;
  const outcome = await oauth.finish(back, context);
  if (outcome.kind === "joined") logins.put(ada, outcome.remote, outcome.login);
  return outcome;
}

/** By every Jira that the person reaches. */
async function whoAmI(): Promise<readonly string[]> {
  const jiras = await personsJiras(parts, ada, context);
  return Promise.all(
    jiras.map(async ({ instance, access }) => {
      const { displayName } = await createTracker(parts.client, { http: context.http, access }).whoAmI();
      return `${instance.url} ${displayName}`;
    }),
  );
}

describe("Data Center", () => {
  let jira: JiraStandIn;
  const standIns = {
    "OAuth 1.0a": () => {
      const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      const folder = mkdtempSync(join(tmpdir(), "jira-flows-"));
      stops.push(() => rm(folder, { recursive: true }));
      const file = join(folder, "key.pem");
      writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }));
      jira.logins.allowOAuth1({ consumerKey: "switchboard", publicKey: publicKey.export({ type: "spki", format: "pem" }).toString() });
      use({ url: jira.url, oauth: { redirect_uri, consumerKey: "switchboard", privateKey: file } });
    },
    "OAuth 2.0": () => {
      jira.logins.allowOAuth2({ clientId: "id", clientSecret: "planted", redirectUri: redirect_uri });
      const oauth = { redirect_uri, client_id: "id", client_secret: new Secret("planted") };
      use({ instances: { main: { url: jira.url, oauth } } });
    },
  };

  beforeEach(async () => {
    jira = await JiraStandIn.start({ deployment: "server", credential: { token: "t" }, contextPath: "/jira", clock });
    stops.push(() => jira.stop());
    jira.addAccount({ name: "ada", displayName: "Ada Lovelace" });
  });

  describe.each(["OAuth 1.0a", "OAuth 2.0"] as const)("by %s", (way) => {
    beforeEach(() => {
      standIns[way]();
    });

    it("lets a person act as themselves, also after hours", async () => {
      expect(await logIn()).toMatchObject({ kind: "joined", account: { name: "Ada Lovelace" } });
      expect(await whoAmI()).toEqual([`${jira.url} Ada Lovelace`]);

      await clock.advance(3 * hours);

      expect(await whoAmI()).toEqual([`${jira.url} Ada Lovelace`]);
    });

    it("joins nothing for a person who refuses", async () => {
      expect(await logIn(false)).toMatchObject({ kind: "refused", reason: expect.stringMatching(/^You did not let me in/) });
    });

    it("is over when the person takes it back there", async () => {
      await logIn();
      jira.revokeTokens(jira.account("ada"));

      await expect(whoAmI()).rejects.toThrow("has ended. Type `jira login");
      expect(await logins.list(ada)).toEqual([]);
    });
  });
});

describe("Jira Cloud", () => {
  it("lets a person act as themselves at every site, also after hours", async () => {
    const cloud = await JiraCloud.start({ client: { clientId: "id", clientSecret: "planted", redirectUri: redirect_uri }, clock });
    const credential = { username: "bot@example.org", token: "t" };
    const site = await JiraStandIn.start({ deployment: "cloud", credential });
    stops.push(
      () => cloud.stop(),
      () => site.stop(),
    );
    cloud.addPerson("ada", { displayName: "Ada Lovelace", sites: [cloud.addSite("acme", site)] });
    const addresses = { authorizationUrl: `${cloud.url}/authorize`, tokenUrl: `${cloud.url}/oauth/token`, apiUrl: cloud.url };
    use({ oauth: { redirect_uri, client_id: "id", client_secret: new Secret("planted"), ...addresses } });

    const outcome = await logIn();
    const before = await whoAmI();
    await clock.advance(3 * hours);
    const after = await whoAmI();

    expect(outcome).toMatchObject({ kind: "joined", remote: cloud.url, account: { name: "Ada Lovelace" } });
    expect(before).toEqual([expect.stringMatching(/ Ada Lovelace$/)]);
    expect(after).toEqual(before);
  });
});
