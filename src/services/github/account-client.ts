import { RemoteError } from "../../core/errors.js";
import { compileSchema } from "../../shared/validate.js";
import type { GitHubLink } from "./access.js";
import { ask, find, goodOnes, type Check } from "./client.js";

/** Where the App is installed, as somebody who may reach repositories there sees it. */
export interface ReachedInstallation {
  readonly id: number;
  readonly account?: {
    readonly login?: string | null;
    /** An enterprise has this in the place of a login. */
    readonly slug?: string | null;
    /** `User` or `Organization`. */
    readonly type?: string | null;
    readonly avatar_url?: string | null;
  } | null;
  /** `all` repositories of the account, or `selected` ones. */
  readonly repository_selection?: string | null;
  readonly suspended_at?: string | null;
}

export interface ReachedRepository {
  readonly name: string;
  readonly full_name: string;
  readonly owner: { readonly login: string; readonly avatar_url?: string | null };
  readonly description?: string | null;
}

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Of all pages together. */
  readonly total: number;
  readonly isLast: boolean;
}

export interface PageWish {
  /** From 1. */
  readonly page: number;
  readonly perPage: number;
}

/** What somebody can reach through the App. Fails as the service's client does; a personal access token is not told any of it (403). */
export interface AccountClient {
  /** In GitHub's order. */
  installations(link: GitHubLink, wish: PageWish): Promise<Page<ReachedInstallation>>;
  /** Undefined when the App is not installed there any more. */
  repositories(link: GitHubLink, installationId: number, wish: PageWish): Promise<Page<ReachedRepository> | undefined>;
}

const text = { type: "string", minLength: 1 };
const optionalText = { type: ["string", "null"] };

const installationSchema = {
  type: "object",
  properties: {
    id: { type: "integer", minimum: 1 },
    account: {
      type: ["object", "null"],
      properties: { login: optionalText, slug: optionalText, type: optionalText, avatar_url: optionalText },
    },
    repository_selection: optionalText,
    suspended_at: optionalText,
  },
  required: ["id"],
};

const repositorySchema = {
  type: "object",
  properties: {
    name: text,
    full_name: text,
    owner: { type: "object", properties: { login: text, avatar_url: optionalText }, required: ["login"] },
    description: optionalText,
  },
  required: ["name", "full_name", "owner"],
};

function pageSchema(list: string): Readonly<Record<string, unknown>> {
  return {
    type: "object",
    properties: { total_count: { type: "integer", minimum: 0 }, [list]: { type: "array" } },
    required: ["total_count", list],
  };
}

interface InstallationsAnswer {
  readonly total_count: number;
  readonly installations: readonly unknown[];
}

interface RepositoriesAnswer {
  readonly total_count: number;
  readonly repositories: readonly unknown[];
}

/** Compiles its schemas, so it is made once. */
export function createAccountClient(): AccountClient {
  const options = { useDefaults: false, allErrors: false };
  const installationsPage = compileSchema<InstallationsAnswer>(pageSchema("installations"), options);
  const repositoriesPage = compileSchema<RepositoriesAnswer>(pageSchema("repositories"), options);
  const installation = compileSchema<ReachedInstallation>(installationSchema, options);
  const repository = compileSchema<ReachedRepository>(repositorySchema, options);
  return {
    async installations(link, wish) {
      const found = await ask(link, "GET /user/installations", parametersOf(wish), installationsPage);
      return toPage(found.installations, found.total_count, wish, installation);
    },
    async repositories(link, installationId, wish) {
      const route = "GET /user/installations/{installation_id}/repositories";
      const found = await find(link, route, { installation_id: installationId, ...parametersOf(wish) }, repositoriesPage);
      return found && toPage(found.repositories, found.total_count, wish, repository);
    },
  };
}

/** How long the API waits for an answer (Hookshot reference 4.5). */
const patienceMs = 15_000;

/** The same for one question: once nobody waits for its answer any more, GitHub is asked nothing further, however much it has to list. */
export function withPatience(client: AccountClient, { now, site }: GitHubLink): AccountClient {
  const endsAt = now() + patienceMs;
  const requireTime = (): void => {
    if (now() >= endsAt) throw new RemoteError(`GitHub (${site.webUrl}) has more to list than can be asked for in time.`);
  };
  return {
    async installations(link, wish) {
      requireTime();
      return client.installations(link, wish);
    },
    async repositories(link, installationId, wish) {
      requireTime();
      return client.repositories(link, installationId, wish);
    },
  };
}

function parametersOf({ page, perPage }: PageWish): Readonly<Record<string, unknown>> {
  return { page, per_page: perPage };
}

function toPage<T>(entries: readonly unknown[], total: number, { perPage }: PageWish, check: Check<T>): Page<T> {
  return { items: goodOnes(entries, check), total, isLast: entries.length < perPage };
}
