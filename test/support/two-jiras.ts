import { randomBytes } from "node:crypto";
import type { EndToEnd } from "./end-to-end.js";
import type { StandInDeployment } from "./jira-accounts.js";
import { JiraStandIn } from "./jira-stand-in.js";

/** One of the two Jiras that people act on. */
export interface JiraSide {
  /** Its name in the configuration. */
  readonly name: string;
  readonly deployment: StandInDeployment;
  readonly jira: JiraStandIn;
  /** The configured account's, which sees every project. */
  readonly credential: { readonly username?: string; readonly token: string };
  /** What the configured account is called there. */
  readonly credentialName: string;
  /** What alice types in the direct chat to act as herself. */
  readonly tokenCommand: string;
  readonly aliceToken: string;
}

interface Settings {
  /** Whether people without a login act through the instance's credential. */
  readonly commands?: boolean;
  readonly hasCredential?: boolean;
}

/** The people of both Jiras, by display name. */
export const people = { alice: "Alice Archer", bob: "Bob Baker", second: "Bobby Baker" } as const;

/** A Data Center and a Cloud beside one Switchboard: both have the projects PLAY and OPS, alice with a token of her own, and two Bobs. */
export class TwoJiras {
  readonly server: JiraSide;
  readonly cloud: JiraSide;
  readonly #all: EndToEnd;

  private constructor(all: EndToEnd, cloud: JiraStandIn, cloudCredential: { readonly username: string; readonly token: string }) {
    this.#all = all;
    const serverToken = all.secrets.jiraToken;
    this.server = side({ name: "main", deployment: "server", jira: all.jira, credential: { token: serverToken } });
    this.cloud = side({ name: "cloud", deployment: "cloud", jira: cloud, credential: cloudCredential });
  }

  static async start(all: EndToEnd, settings: Settings = {}): Promise<TwoJiras> {
    const credential = { username: "bot@example.org", token: secret("cloud-credential") };
    const cloud = await JiraStandIn.start({ deployment: "cloud", credential });
    cloud.addProject("PLAY");
    cloud.addWebhook({ url: `http://127.0.0.1:${all.installation.webhookPort}/jira/webhook`, secret: all.secrets.jiraSecret });
    const both = new TwoJiras(all, cloud, credential);
    await both.configure(settings);
    return both;
  }

  get sides(): readonly JiraSide[] {
    return [this.server, this.cloud];
  }

  side(deployment: StandInDeployment): JiraSide {
    return deployment === "cloud" ? this.cloud : this.server;
  }

  /** Restarts Switchboard with these settings at both. */
  async configure(settings: Settings): Promise<void> {
    await this.#all.restartSwitchboard({ jira: this.section(settings) });
  }

  /** The section `jira` of the configuration. */
  section({ commands, hasCredential = true }: Settings): object {
    const instances = this.sides.map(({ name, jira, deployment, credential }) => {
      const allowed = commands === undefined ? credential : { ...credential, commands };
      return [name, { url: jira.url, deployment, ...(hasCredential ? { credential: allowed } : {}) }] as const;
    });
    return { webhook: { secret: this.#all.secrets.jiraSecret }, instances: Object.fromEntries(instances) };
  }

  stop(): Promise<void> {
    return this.cloud.jira.stop();
  }
}

function side(parts: Pick<JiraSide, "name" | "deployment" | "jira" | "credential">): JiraSide {
  const { name, deployment, jira } = parts;
  const aliceToken = secret(`alice-${name}`);
  jira.addProject("OPS");
  jira.addAccount({ name: "alice", displayName: people.alice, email: "alice@example.org", token: aliceToken, projects: ["PLAY"] });
  jira.addAccount({ name: "bob", displayName: people.bob, email: "bob@example.org" });
  jira.addAccount({ name: "bobby", displayName: people.second, email: "bobby@example.org" });
  const words = deployment === "cloud" ? `alice@example.org ${aliceToken}` : aliceToken;
  const credentialName = parts.credential.username ?? "Token Owner";
  return { ...parts, credentialName, tokenCommand: `jira token ${name} ${words}`, aliceToken };
}

function secret(name: string): string {
  return `planted-${name}-${randomBytes(16).toString("hex")}`;
}
