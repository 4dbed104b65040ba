import type { ServiceSetUp, SetUpAnswers } from "../../core/service-set-up.js";
import { parseHttpUrl } from "../../shared/url.js";

/** What `switchboard init` asks about GitHub. */
export const gitHubSetUp: ServiceSetUp = {
  questions: [
    {
      flag: "github-app-id",
      placeholder: "number",
      description: "id of your GitHub App, on its page under General (leave it empty to add GitHub later)",
      problem: (answer) => (/^\d{1,15}$/.test(answer) ? undefined : "must be a number"),
    },
    {
      flag: "github-private-key-file",
      placeholder: "path",
      description: "where the App's private key is, the .pem file that GitHub made",
      follows: "github-app-id",
    },
    {
      flag: "github-enterprise-url",
      placeholder: "url",
      description: "where people open your GitHub Enterprise Server (leave it empty for github.com)",
      follows: "github-app-id",
      problem: (answer) => (parseHttpUrl(answer) === undefined ? "must be a URL that begins with http:// or https://" : undefined),
    },
    {
      flag: "github-webhook-secret",
      placeholder: "text",
      description: "what GitHub signs webhooks with",
      isSecret: true,
      isGenerated: true,
    },
  ],
  problem: findProblem,
  section: sectionOf,
  nextSteps,
};

function findProblem({
  "github-app-id": id,
  "github-private-key-file": file,
  "github-enterprise-url": url,
}: SetUpAnswers): string | undefined {
  if (id === undefined && (file ?? url) !== undefined) return "--github-app-id is missing: nothing of GitHub works without its App.";
  if (id !== undefined && file === undefined) return "--github-private-key-file is missing: the App shows with it who it is.";
  return undefined;
}

function sectionOf(answers: SetUpAnswers): Readonly<Record<string, unknown>> | undefined {
  const { "github-app-id": id, "github-enterprise-url": enterpriseUrl, "github-webhook-secret": secret } = answers;
  if (id === undefined) return undefined;
  const enterprise = enterpriseUrl === undefined ? {} : { enterpriseUrl };
  return { ...enterprise, auth: { id: Number(id), privateKeyFile: answers["github-private-key-file"] }, webhook: { secret } };
}

function nextSteps({ "github-app-id": id, "github-enterprise-url": url }: SetUpAnswers, webhookPort: number): readonly string[] {
  if (id === undefined) return [];
  return [
    `On the page of your GitHub App (${url ?? "https://github.com"}/settings/apps) set the webhook's URL to the public address of port ${webhookPort} here, ` +
      "followed by /github/webhook; its secret stands in the configuration, at github.webhook.secret.",
    "Give the App read access to issues, pull requests, contents, actions and metadata, subscribe to their events, and install it where your repositories are.",
    "Log in by a direct chat with the bot: github setpersonaltoken <accessToken>",
    "Type in the room: !connect github octo/hello",
  ];
}
