import { GitHubRefusal, notFound, type GitHubAnswer } from "./github-answers.js";
import type { StandInHook, StandInRepository } from "./github-records.js";
import { bodyOf, pageOf, personOf, repositoryOf, textOf, textsOf, type GitHubCall } from "./github-rest-call.js";

// Webhooks of repositories (GitHub's "REST API endpoints for repository webhooks"). Secrets are taken and never told.

export function listHooks(call: GitHubCall): GitHubAnswer {
  const { hooks } = administered(call);
  return pageOf(call, hooks.map(hookJson), (page) => page);
}

export function createHook(call: GitHubCall): GitHubAnswer {
  const repository = administered(call);
  const { config, events, active } = bodyOf(call);
  const { url, secret } = configOf(config);
  if (url === undefined) throw new GitHubRefusal(422, "Validation Failed", [{ resource: "Hook", code: "missing_field", field: "url" }]);
  if (repository.hooks.some((hook) => hook.url === url)) {
    throw new GitHubRefusal(422, "Validation Failed", [
      { resource: "Hook", code: "custom", message: "Hook already exists on this repository" },
    ]);
  }
  const hook: StandInHook = { id: call.site.nextId(), active: active !== false, events: textsOf(events), url, secret: secret ?? "" };
  repository.hooks.push(hook);
  call.happened({
    name: "ping",
    repository,
    by: personOf(call),
    payload: { zen: "Keep it logically awesome.", hook_id: hook.id },
    onlyTo: hook,
  });
  return { status: 201, body: hookJson(hook) };
}

/** Without a secret in `config` there is none any more. */
export function editHook(call: GitHubCall): GitHubAnswer {
  const hook = administered(call).hooks.find(({ id }) => String(id) === call.parts[2]);
  if (hook === undefined) throw notFound();
  const { config, events, active } = bodyOf(call);
  const { url = hook.url, secret = "" } = config === undefined ? { secret: hook.secret } : configOf(config);
  Object.assign(hook, { url, secret, active: active !== false, events: events === undefined ? hook.events : textsOf(events) });
  return { status: 200, body: hookJson(hook) };
}

/** Others are told that there is nothing. */
function administered(call: GitHubCall): StandInRepository {
  const repository = repositoryOf(call);
  if (call.site.permissionOf(repository, personOf(call).login) !== "admin") throw notFound();
  return repository;
}

function configOf(config: unknown): { readonly url?: string | undefined; readonly secret?: string | undefined } {
  if (typeof config !== "object" || config === null) return {};
  // An object, whose members are looked at one by one.
  const { url, secret } = config as Readonly<Record<string, unknown>>;
  return { url: textOf(url), secret: textOf(secret) };
}

function hookJson({ id, active, events, url }: StandInHook): object {
  const config = { content_type: "json", insecure_ssl: "0", secret: "********", url };
  return { type: "Repository", id, name: "web", active, events, config };
}
