import { compileSchema } from "../../shared/validate.js";
import type { GitHubLink } from "./access.js";
import { change, list, only } from "./client.js";
import type { RepositoryName } from "./repository-name.js";

/** A webhook of a repository, as far as it is read. */
export interface HookAnswer {
  readonly id: number;
  readonly active?: boolean | null;
  readonly events?: readonly string[] | null;
  readonly config?: { readonly url?: string | null; readonly insecure_ssl?: string | number | null } | null;
}

const hookSchema = {
  type: "object",
  properties: {
    id: { type: "integer", minimum: 1 },
    active: { type: ["boolean", "null"] },
    events: { type: ["array", "null"], items: { type: "string" } },
    config: {
      type: ["object", "null"],
      properties: { url: { type: ["string", "null"] }, insecure_ssl: { type: ["string", "number", "null"] } },
    },
  },
  required: ["id"],
};

/** What a webhook is to be. */
export interface WantedHook {
  readonly url: string;
  /** In plain: it goes into the request and nowhere else. */
  readonly secret: string;
  readonly events: readonly string[];
}

/** Webhooks of repositories (GitHub's "REST API endpoints for repository webhooks"). Fails as the service's client does. */
export interface HookClient {
  /** All that there are: those of others too. */
  list(link: GitHubLink, repository: RepositoryName): Promise<readonly HookAnswer[]>;
  create(link: GitHubLink, repository: RepositoryName, wanted: WantedHook): Promise<void>;
  /** Makes one that is there what it is to be; what else it tells stays. */
  mend(link: GitHubLink, repository: RepositoryName, present: HookAnswer, wanted: WantedHook): Promise<void>;
}

/** Compiles its schema, so it is made once. */
export function createHookClient(): HookClient {
  const hook = compileSchema<HookAnswer>(hookSchema, { useDefaults: false, allErrors: false });
  return {
    list: (link, name) => list(link, "GET /repos/{owner}/{repo}/hooks", only(name), hook),
    async create(link, name, { url, secret, events }) {
      const body = { name: "web", active: true, events, config: { url, secret, content_type: "json" } };
      await change(link, "POST /repos/{owner}/{repo}/hooks", { ...only(name), ...body });
    },
    async mend(link, name, { id, events, config }, wanted) {
      const all = [...new Set([...(events ?? []), ...wanted.events])];
      // What is not sent of `config` is forgotten there.
      const { insecure_ssl: isInsecure = null } = config ?? {};
      const kept = isInsecure === null ? {} : { insecure_ssl: isInsecure };
      const body = {
        active: true,
        // Everything is one word, which stands alone.
        events: all.includes("*") ? ["*"] : all,
        config: { ...kept, url: wanted.url, secret: wanted.secret, content_type: "json" },
      };
      await change(link, "PATCH /repos/{owner}/{repo}/hooks/{hook_id}", { ...only(name), hook_id: id, ...body });
    },
  };
}
