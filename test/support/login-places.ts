import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { EndToEndOptions, SectionParts } from "./end-to-end.js";
import { JiraCloud, type CloudPerson } from "./jira-cloud.js";
import { JiraStandIn } from "./jira-stand-in.js";
import type { OAuthGrants } from "./oauth-grants.js";
import { ProvisioningSide, type JiraSection } from "./provisioning-side.js";

/** A remote where people log in with the browser, as ada or as bo. */
export interface LoginPlace {
  readonly what: string;
  /** What is typed in the direct chat. */
  readonly login: string;
  readonly logout: string;
  /** Connects a room, and does something there: both are typed in it. */
  readonly connect: string;
  act(title: string): string;
  /** Who did what, by name at the remote. */
  done(): readonly string[];
  /** What the page and the direct chat call it. */
  readonly title: string;
  readonly ada: string;
  /** The name of the callback's path. */
  readonly callback: string;
  /** Of a remote whose tokens can be renewed. */
  readonly renewing?: {
    readonly grants: Pick<OAuthGrants<object>, "renewals" | "endAccess">;
    /** The remote ends what ada allowed. */
    end(): void;
    /** Lets the token endpoint fail, and work again. */
    fail(isFailing: boolean): void;
  };
}

const tokenFault = { kind: "status", status: 503, only: /token$/ } as const;

/**
 * Every way to log in with the browser, beside one Switchboard: Jira Data Center with OAuth 2.0 (`main`) and with OAuth 1.0a (`old`), two sites
 * of Jira Cloud of which the configuration names one (`acme`), and GitHub.
 */
export class LoginPlaces {
  readonly side: ProvisioningSide;
  readonly old: JiraStandIn;
  readonly cloud: JiraCloud;
  readonly sites: readonly [JiraStandIn, JiraStandIn];
  readonly ada: CloudPerson;
  /** Of the App at Jira Cloud. */
  readonly cloudSecret: string;
  readonly #keyFolder: string;

  private constructor(parts: Pick<LoginPlaces, "side" | "old" | "cloud" | "sites" | "ada" | "cloudSecret">, keyFolder: string) {
    this.side = parts.side;
    this.old = parts.old;
    this.cloud = parts.cloud;
    this.sites = parts.sites;
    this.ada = parts.ada;
    this.cloudSecret = parts.cloudSecret;
    this.#keyFolder = keyFolder;
  }

  static async start(options: Pick<EndToEndOptions, "sections" | "hasProxies"> = {}): Promise<LoginPlaces> {
    const keyFolder = await mkdtemp(path.join(tmpdir(), "switchboard-key-"));
    const old = await JiraStandIn.start({ deployment: "server", credential: { token: secret() }, contextPath: "/jira", title: "Old Jira" });
    const sites = [await startSite(), await startSite()] as const;
    const privateKey = await allowOAuth1(old, keyFolder);
    // The address to come back to is known when Switchboard's port is; nobody asks before.
    const client = { clientId: "cloud-client", clientSecret: secret(), redirectUri: "" };
    const cloud = await JiraCloud.start({ client });
    const { url } = cloud;
    const jira = (usual: JiraSection, { webhookPort }: SectionParts): object => {
      client.redirectUri = `http://127.0.0.1:${webhookPort}/jira/oauth`;
      const addresses = {
        redirect_uri: client.redirectUri,
        authorizationUrl: `${url}/authorize`,
        tokenUrl: `${url}/oauth/token`,
        apiUrl: url,
      };
      const oauth1 = { redirect_uri: client.redirectUri, consumerKey: "switchboard", privateKey };
      const instances = { ...usual.instances, old: { url: old.url, oauth: oauth1 }, acme: { url: sites[0].url, deployment: "cloud" } };
      return { ...usual, oauth: { client_id: client.clientId, client_secret: client.clientSecret, ...addresses }, instances };
    };
    const side = await ProvisioningSide.start({ jira, ...options });
    const known = sites.map((site, index) => cloud.addSite(index === 0 ? "acme" : "other", site));
    const ada = cloud.addPerson("ada", { displayName: "Ada Lovelace", sites: known });
    cloud.addPerson("bo", { displayName: "Bo Baker", sites: known.slice(0, 1) });
    for (const name of ["ada", "bo"]) old.addAccount({ name, displayName: name === "ada" ? "Ada Lovelace" : "Bo Baker" });
    return new LoginPlaces({ side, old, cloud, sites, ada, cloudSecret: client.clientSecret }, keyFolder);
  }

  async stop(): Promise<void> {
    await this.side.stop();
    await Promise.all([this.old, this.cloud, ...this.sites].map((standIn) => standIn.stop()));
    await rm(this.#keyFolder, { recursive: true });
  }

  get all(): readonly LoginPlace[] {
    const { gitHub, all } = this.side;
    const { jira } = all;
    const oauth2 = jira.logins.oauth2;
    if (oauth2 === undefined) throw new TypeError("The Data Center allows OAuth 2.0");
    return [
      {
        ...jiraPlace("Data Center by OAuth 2.0", "main", jira),
        renewing: {
          grants: oauth2.grants,
          end: () => oauth2.grants.revoke(jira.account("ada")),
          fail: (is) => jira.failWith(is ? tokenFault : undefined),
        },
      },
      jiraPlace("Data Center by OAuth 1.0a", "old", this.old),
      {
        ...jiraPlace("Cloud", "acme", this.sites[0]),
        renewing: {
          grants: this.cloud.grants,
          end: () => this.cloud.grants.revoke(this.ada),
          fail: (is) => this.cloud.failWith(is ? tokenFault : undefined),
        },
      },
      {
        ...{ what: "GitHub", login: "github login", logout: "github logout", title: "GitHub", ada: "ada", callback: "/github/oauth" },
        connect: "!connect github octo/hello",
        act: (title) => `!gh create "${title}"`,
        done: () => gitHub.changes.map(({ by, what }) => `${by} ${what}`),
        renewing: {
          grants: gitHub.oauth.grants,
          end: () => gitHub.oauth.grants.revoke(gitHub.account("ada")),
          fail: (is) => gitHub.failWith(is ? tokenFault : undefined),
        },
      },
    ];
  }

  /** Every code, token and verifier that was ever given out. Some stand in the links that people follow. */
  get given(): readonly string[] {
    const { gitHub, all } = this.side;
    const grants = [gitHub.oauth.grants, this.cloud.grants, all.jira.logins.oauth2?.grants, this.old.logins.oauth1];
    return grants.flatMap((each) => each?.given ?? []);
  }
}

function jiraPlace(what: string, name: string, jira: JiraStandIn): LoginPlace {
  return {
    ...{ what: `Jira ${what}`, login: `jira login ${name}`, logout: `jira logout ${name}`, title: "Jira", callback: "/jira/oauth" },
    connect: `!connect jira:${name} PLAY events=version_released`,
    act: (title) => `!jira create Task ${title}`,
    done: () => jira.changes.map(({ by, what: deed }) => `${by} ${deed}`),
    ada: "Ada Lovelace",
  };
}

async function startSite(): Promise<JiraStandIn> {
  const credential = { username: "bot@example.org", token: secret() };
  const site = await JiraStandIn.start({ deployment: "cloud", credential });
  site.addProject("PLAY");
  return site;
}

/** @returns the path of the private key */
async function allowOAuth1(jira: JiraStandIn, folder: string): Promise<string> {
  jira.addProject("PLAY");
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2_048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  jira.logins.allowOAuth1({ consumerKey: "switchboard", publicKey });
  const file = path.join(folder, "jira.pem");
  await writeFile(file, privateKey, { mode: 0o600 });
  return file;
}

function secret(): string {
  return `planted-${randomBytes(16).toString("hex")}`;
}
