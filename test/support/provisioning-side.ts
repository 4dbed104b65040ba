import { randomBytes } from "node:crypto";
import { consent, type Page } from "./browser.js";
import { EndToEnd, type EndToEndOptions, type SectionParts } from "./end-to-end.js";
import { GitHubStandIn } from "./github-stand-in.js";
import type { MatrixPerson } from "./matrix-client.js";
import { ProvisioningCaller } from "./provisioning-caller.js";

export const connectionTypes = {
  jira: "uk.half-shot.matrix-hookshot.jira.project",
  gitHub: "uk.half-shot.matrix-hookshot.github.repository",
  hook: "uk.half-shot.matrix-hookshot.generic.hook",
  outbound: "uk.half-shot.matrix-hookshot.outbound-hook",
} as const;

/** A section `jira` with one instance, and room for more. */
export interface JiraSection {
  readonly webhook: { readonly secret: string };
  readonly instances: Readonly<Record<string, object>>;
}

interface ProvisioningOptions extends Omit<EndToEndOptions, "sectionsFor"> {
  /** What the section `jira` is to be. */
  readonly jira?: (usual: JiraSection, parts: SectionParts) => object;
}

/**
 * The whole product with the provisioning API, beside a real Synapse, a Jira Data Center and a GitHub in which people log in with the browser:
 * `ada` sees everything in both; `bo` sees no project, and may only read `octo/hello`. Octo is an organisation; the App is installed for all
 * of its repositories but `octo/alone`.
 */
export class ProvisioningSide {
  readonly all: EndToEnd;
  readonly gitHub: GitHubStandIn;
  /** What stands in the configuration, or is typed, and nowhere else. */
  readonly secrets: Readonly<
    Record<"provisioning" | "token" | "otherToken" | "adminPassword" | "jiraClient" | "gitHubClient" | "gitHubWebhook", string>
  >;

  private constructor(all: EndToEnd, gitHub: GitHubStandIn, secrets: ProvisioningSide["secrets"]) {
    this.all = all;
    this.gitHub = gitHub;
    this.secrets = secrets;
  }

  static async start({ sections, jira = (usual) => usual, ...options }: ProvisioningOptions = {}): Promise<ProvisioningSide> {
    const secrets = makeSecrets();
    const gitHub = await GitHubStandIn.start();
    const sectionsFor = (parts: SectionParts): Readonly<Record<string, unknown>> => ({
      ...apiSections(parts, secrets),
      jira: jira(jiraSection(parts, secrets), parts),
      github: gitHubSection(parts, gitHub, secrets),
      ...sections,
    });
    const all = await EndToEnd.start({ ...options, sectionsFor });
    all.jira.addAccount({ name: "ada", displayName: "Ada Lovelace" });
    all.jira.addAccount({ name: "bo", displayName: "Bo Baker", projects: [] });
    all.jira.addProject("OPS", "Operations");
    await fillGitHub(gitHub);
    gitHub.addWebhook({ url: `http://127.0.0.1:${all.installation.webhookPort}/github/webhook`, secret: secrets.gitHubWebhook });
    return new ProvisioningSide(all, gitHub, secrets);
  }

  async stop(): Promise<void> {
    await this.all.stop();
    await this.gitHub.stop();
  }

  /** The API, called for somebody with the configured secret. */
  api({ userId }: Pick<MatrixPerson, "userId">): ProvisioningCaller {
    return new ProvisioningCaller(this.all.installation.webhookPort, this.secrets.provisioning, userId);
  }

  /** @returns the page at the end */
  async logInAtJira(person: MatrixPerson, as = "ada"): Promise<Page> {
    const { body } = await this.api(person).call("GET", "/jira/oauth");
    return consent(String(body["url"]), { as });
  }

  /** @returns the page at the end */
  async logInAtGitHub(person: MatrixPerson, as = "ada"): Promise<Page> {
    const { body } = await this.api(person).call("GET", "/github/oauth");
    return consent(String(body["user_url"]), { as });
  }

  jiraConfig(key = "PLAY", more: object = {}): object {
    return { url: this.all.projectUrl(key), ...more };
  }
}

function makeSecrets(): ProvisioningSide["secrets"] {
  const make = (name: string): string => `planted-${name}-${randomBytes(16).toString("hex")}`;
  return {
    provisioning: make("provisioning"),
    token: make("token"),
    otherToken: make("other-token"),
    adminPassword: make("password"),
    jiraClient: make("jira-client"),
    gitHubClient: make("github-client"),
    gitHubWebhook: make("github-webhook"),
  };
}

function apiSections({ webhookPort }: SectionParts, secrets: ProvisioningSide["secrets"]): Readonly<Record<string, unknown>> {
  const resources = ["webhooks", "metrics", "provisioning"];
  return {
    listeners: [{ port: webhookPort, bindAddress: "127.0.0.1", resources }],
    provisioning: { secret: secrets.provisioning },
    api: {
      tokens: [
        { name: "manager", token: secrets.token, scopes: ["provisioning"] },
        { name: "other", token: secrets.otherToken, scopes: ["devinfo"] },
      ],
      admins: [{ name: "root", password: secrets.adminPassword }],
    },
    generic: { urlPrefix: `http://127.0.0.1:${webhookPort}/webhook/`, outbound: true },
  };
}

function jiraSection({ webhookPort, jira, secrets: { jiraSecret } }: SectionParts, secrets: ProvisioningSide["secrets"]): JiraSection {
  const redirectUri = `http://127.0.0.1:${webhookPort}/jira/oauth`;
  const [clientId, clientSecret] = ["jira-client", secrets.jiraClient];
  jira.logins.allowOAuth2({ clientId, clientSecret, redirectUri });
  const oauth = { redirect_uri: redirectUri, client_id: clientId, client_secret: clientSecret };
  return { webhook: { secret: jiraSecret }, instances: { main: { url: jira.url, deployment: "server", oauth } } };
}

function gitHubSection({ webhookPort }: SectionParts, gitHub: GitHubStandIn, secrets: ProvisioningSide["secrets"]): object {
  const redirectUri = `http://127.0.0.1:${webhookPort}/github/oauth`;
  const [clientId, clientSecret] = ["Iv1.switchboard", secrets.gitHubClient];
  gitHub.oauth.register({ clientId, clientSecret, redirectUri });
  return {
    enterpriseUrl: gitHub.url,
    auth: { id: gitHub.app.id, privateKey: gitHub.app.privateKey },
    webhook: { secret: secrets.gitHubWebhook },
    oauth: { client_id: clientId, client_secret: clientSecret, redirect_uri: redirectUri },
  };
}

async function fillGitHub(gitHub: GitHubStandIn): Promise<void> {
  gitHub.addOrganization("octo");
  gitHub.addAccount("ada");
  gitHub.addAccount("bo");
  const names = ["hello", "world", "three", "four", "five"];
  for (const name of names) gitHub.addRepository(`octo/${name}`, { permissions: { ada: "admin", bo: "read" } });
  gitHub.addRepository("octo/alone", { permissions: { ada: "admin" } });
  gitHub.addRepository("ada/own");
  await gitHub.install("octo", names);
  await gitHub.install("ada");
}
