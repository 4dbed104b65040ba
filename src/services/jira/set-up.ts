import type { ServiceSetUp, SetUpAnswers } from "../../core/service-set-up.js";
import { parseHttpUrl } from "../../shared/url.js";

/** The name that people type in `!connect jira:main PLAY`; it matters only once there is a second one. */
const instanceName = "main";

/** What `switchboard init` asks about Jira. */
export const jiraSetUp: ServiceSetUp = {
  questions: [
    {
      flag: "jira-url",
      placeholder: "url",
      description: "where people open your Jira in the browser (leave it empty to add it later)",
      problem: (answer) => (parseHttpUrl(answer) === undefined ? "must be a URL that begins with http:// or https://" : undefined),
    },
    {
      flag: "jira-user",
      placeholder: "email",
      description: "e-mail address of the account that looks projects up (Jira Cloud; empty on Server and Data Center)",
      follows: "jira-url",
    },
    {
      flag: "jira-token",
      placeholder: "token",
      description: "that account's API token, or a personal access token on Server and Data Center (empty: add it later)",
      isSecret: true,
      follows: "jira-url",
    },
    {
      flag: "jira-webhook-secret",
      placeholder: "text",
      description: "what Jira signs webhooks with",
      isSecret: true,
      isGenerated: true,
    },
  ],
  problem: findProblem,
  section: ({ "jira-webhook-secret": secret, ...answers }) => {
    const instance = instanceOf(answers);
    return { webhook: { secret }, ...(instance === undefined ? {} : { instances: { [instanceName]: instance } }) };
  },
  nextSteps,
};

function findProblem({ "jira-url": url, "jira-user": user, "jira-token": token }: SetUpAnswers): string | undefined {
  if (url === undefined && (user ?? token) !== undefined) return "--jira-url is missing: a user or a token is of use only with it.";
  if (user !== undefined && token === undefined) return "--jira-token is missing: a user is of use only with it.";
  if (token !== undefined && user === undefined && parseHttpUrl(url)?.host.endsWith(".atlassian.net") === true) {
    return "--jira-user is missing: on Jira Cloud a token counts only together with its account's e-mail address.";
  }
  return undefined;
}

function instanceOf({ "jira-url": url, "jira-user": username, "jira-token": token }: SetUpAnswers): object | undefined {
  if (url === undefined) return undefined;
  const credential = token === undefined ? {} : { credential: { ...(username === undefined ? {} : { username }), token } };
  return { url, ...credential };
}

function nextSteps({ "jira-url": url, "jira-token": token }: SetUpAnswers, webhookPort: number): readonly string[] {
  const credential = "a credential that looks projects up";
  return [
    ...(url === undefined ? [`Add your Jira to the configuration, under jira.instances, with ${credential}.`] : []),
    ...(url !== undefined && token === undefined ? [`Give your Jira ${credential}: jira.instances.${instanceName}.credential.`] : []),
    `In Jira (Settings > System > WebHooks) add a webhook for issues and versions. Its URL is the public address of port ${webhookPort} here, ` +
      "followed by /jira/webhook; its secret stands in the configuration, at jira.webhook.secret.",
    "Type in the room: !connect jira PLAY",
  ];
}
