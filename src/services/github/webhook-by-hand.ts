import type { RemoteWebhook } from "../../core/ports/service-remotes.js";
import type { PrivateAnswer } from "../../core/service.js";
import { joinMarkdown, markdown, type MarkdownRenderer } from "../../shared/markdown.js";
import { code } from "../../shared/sentence.js";
import { gitHubWords, type RegisteredGitHub } from "./registered-githubs.js";
import { nameOf, repositoryUrl, type RepositoryName } from "./repository-name.js";

/** What a person does at GitHub where the registered account may not (GitHub's "Creating webhooks"). Holds the webhook's secret. */
export function describeByHand(
  gitHub: RegisteredGitHub,
  repository: RepositoryName,
  { url, path, secret }: RemoteWebhook,
  renderer: MarkdownRenderer,
): PrivateAnswer {
  const address =
    url === undefined ? markdown`the public address of my listener with ${code("webhooks")}, followed by ${code(path)}` : code(url);
  const steps = [
    markdown`Open ${`${repositoryUrl(repository, gitHub.site)}/settings/hooks/new`}`,
    markdown`**Payload URL:** ${address}`,
    markdown`**Content type:** ${code("application/json")}`,
    markdown`**Secret:** ${code(secret.reveal())}`,
    markdown`**Which events:** everything, or those that rooms want to hear.`,
  ];
  const items = steps.map((step, index) => markdown`${String(index + 1)}. ${step}`);
  const lead = markdown`Whoever administers ${nameOf(repository)} can have it tell me what happens. It was found through ${gitHubWords(gitHub)}:`;
  const warning = markdown`Keep the secret to yourselves: who has it can speak for everything that is connected through ${gitHubWords(gitHub)}.`;
  const text = joinMarkdown([lead, joinMarkdown(items, "\n"), warning], "\n\n");
  return { body: text.text, html: renderer.block(text) };
}
