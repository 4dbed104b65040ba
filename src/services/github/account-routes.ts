import type { AccountRequest, AccountRoute } from "../../core/account-route.js";
import { PermissionError, SwitchboardError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { ServiceContext } from "../../core/service.js";
import type { GitHubLink } from "./access.js";
import {
  createAccountClient,
  withPatience,
  type AccountClient,
  type PageWish,
  type ReachedInstallation,
  type ReachedRepository,
} from "./account-client.js";
import { LoginRefusedError } from "./failures.js";
import { requireOAuth } from "./oauth.js";
import { accountName, isAccount, isOrganisation, reachedInstallations, reachedRepositories, selectionUrl } from "./reach.js";
import type { GitHubConfig } from "./schema.js";
import { findUsable, type GitHubParts } from "./session.js";

// Hookshot's (reference 4.5, "Texts").
const notLoggedIn = "Not logged in";
const noRepositoriesOfOrg = "Could not fetch accessible repos for GitHub org";
const noRepositoriesOfUser = "Could not fetch accessible repos for GitHub user";
const noOrganisations = "Could not fetch organisations for GitHub user";

type Context = ServiceContext<GitHubConfig>;

interface RouteParts {
  readonly gitHub: GitHubParts;
  readonly client: AccountClient;
}

const url = { type: "string", format: "uri" };
const addressOrNull = { type: ["string", "null"], description: "Where the account's picture is." };

const pageSchema = {
  type: "object",
  properties: {
    page: { type: "integer", minimum: 1, maximum: 1_000_000, default: 1, description: "Which page, from 1." },
    perPage: { type: "integer", minimum: 1, maximum: 100, default: 10, description: "How many on a page. The last page has fewer." },
  },
};

const repositoriesSchema = {
  type: "object",
  properties: {
    loggedIn: { type: "boolean", const: true },
    page: { type: "integer" },
    repositories: {
      type: "array",
      items: {
        type: "object",
        properties: {
          name: { type: "string" },
          owner: { type: "string" },
          fullName: { type: "string" },
          description: { type: ["string", "null"] },
          avatarUrl: addressOrNull,
        },
        required: ["name", "owner", "fullName", "description", "avatarUrl"],
      },
    },
    changeSelectionUrl: { ...url, description: "Where the GitHub App is given more repositories; only where it was given a selection." },
  },
  required: ["loggedIn", "page", "repositories"],
  examples: [
    {
      ...{ loggedIn: true, page: 1 },
      repositories: [
        { name: "hello", owner: "octo", fullName: "octo/hello", description: null, avatarUrl: "https://avatars.githubusercontent.com/u/1" },
      ],
    },
  ],
};

/** What programs ask about a person's account at GitHub (Hookshot reference 4.5). Compiles schemas, so it is called once. */
export function createAccountRoutes(gitHub: GitHubParts): readonly AccountRoute<GitHubConfig>[] {
  const parts: RouteParts = { gitHub, client: createAccountClient() };
  return [
    {
      path: "/github/oauth",
      summary: "Where the person logs in to GitHub, and where the GitHub App is installed.",
      answerSchema: {
        ...{ type: "object", properties: { user_url: url, org_url: url }, required: ["user_url", "org_url"] },
        examples: [
          {
            user_url: "https://github.com/login/oauth/authorize?client_id=example&state=example",
            org_url: "https://github.com/apps/example/installations/new",
          },
        ],
      },
      run: ({ actor }, context) => readAddresses(parts, actor, context),
    },
    {
      path: "/github/account",
      summary: "Whether and as whom the person is logged in to GitHub, and the accounts whose repositories they reach.",
      querySchema: pageSchema,
      answerSchema: {
        type: "object",
        properties: {
          loggedIn: { type: "boolean" },
          username: { type: "string" },
          organisations: {
            type: "array",
            items: { type: "object", properties: { name: { type: "string" }, avatarUrl: addressOrNull }, required: ["name", "avatarUrl"] },
          },
        },
        required: ["loggedIn", "organisations"],
        examples: [
          { loggedIn: true, username: "ada", organisations: [{ name: "octo", avatarUrl: "https://avatars.githubusercontent.com/u/1" }] },
        ],
      },
      run: (request, context) => readAccount(parts, request, context),
    },
    {
      path: "/github/orgs/:orgName/repositories",
      summary: "The repositories of one account that the person reaches and the GitHub App may read.",
      params: { orgName: "The account's name: an organisation, or the person's own." },
      querySchema: pageSchema,
      answerSchema: repositoriesSchema,
      run: (request, context) => listOfAccount(parts, request, context),
    },
    {
      path: "/github/repositories",
      summary: "All repositories that the person reaches and the GitHub App may read.",
      querySchema: pageSchema,
      answerSchema: repositoriesSchema,
      run: (request, context) => listAll(parts, request, context),
    },
  ];
}

async function readAddresses({ gitHub }: RouteParts, actor: UserId, context: Context): Promise<object> {
  requireOAuth(context.config);
  return { user_url: await context.logins.begin(actor), org_url: await gitHub.app.installUrl(context) };
}

async function readAccount({ gitHub, ...parts }: RouteParts, { actor, query }: AccountRequest, context: Context): Promise<object> {
  const link = await findUsable(gitHub, actor, context);
  const username = link && (await whoIs(gitHub, link));
  if (link === undefined || username === undefined) return { loggedIn: false, organisations: [] };
  // GitHub tells a personal access token nothing of where the App is installed; who they are still is an answer.
  if (link.person?.by === "token") return { loggedIn: true, username, organisations: [] };
  const client = withPatience(parts.client, link);
  const installations = await orExplain(noOrganisations, link, () => pageOf(reachedInstallations(client, link), wishOf(query)));
  const organisations = installations.map((installation) => ({
    name: accountName(installation),
    avatarUrl: installation.account?.avatar_url ?? null,
  }));
  return { loggedIn: true, username, organisations };
}

async function listOfAccount(parts: RouteParts, { actor, params, query }: AccountRequest, context: Context): Promise<object> {
  const { gitHub } = parts;
  const link = await requireLink(parts, actor, context);
  const client = withPatience(parts.client, link);
  const name = params["orgName"] ?? "";
  const wish = wishOf(query);
  try {
    const installation = await firstOf(reachedInstallations(client, link), (reached) => isAccount(reached, name));
    if (installation === undefined) throw await withoutAccess(gitHub, context);
    const repositories = await reachedRepositories(client, link, [installation], wish);
    const choice = isOrganisation(installation)
      ? selectionUrl(installation, link.site)
      : await ownSelectionUrl(gitHub, link, [installation]);
    return toAnswer(wish, repositories, choice);
  } catch (error) {
    if (!(error instanceof PermissionError)) throw error;
    throw error instanceof LoginRefusedError ? new PermissionError(notLoggedIn) : listingFailed(noRepositoriesOfOrg, error);
  }
}

async function listAll(parts: RouteParts, { actor, query }: AccountRequest, context: Context): Promise<object> {
  const { gitHub } = parts;
  const link = await requireLink(parts, actor, context);
  const client = withPatience(parts.client, link);
  const wish = wishOf(query);
  return orExplain(noRepositoriesOfUser, link, async () => {
    const installations = await allOf(reachedInstallations(client, link));
    const repositories = await reachedRepositories(client, link, installations, wish);
    return toAnswer(wish, repositories, await ownSelectionUrl(gitHub, link, installations));
  });
}

/** People reach others' accounts, too: who is asked only where it matters. */
async function ownSelectionUrl(
  { client }: GitHubParts,
  link: GitHubLink,
  installations: readonly ReachedInstallation[],
): Promise<string | undefined> {
  const limited = installations.filter((reached) => !isOrganisation(reached) && selectionUrl(reached, link.site) !== undefined);
  if (limited.length === 0) return undefined;
  const { login } = await client.whoAmI(link);
  const own = limited.find((reached) => isAccount(reached, login));
  return own && selectionUrl(own, link.site);
}

async function requireLink({ gitHub }: RouteParts, actor: UserId, context: Context): Promise<GitHubLink> {
  const link = await findUsable(gitHub, actor, context);
  if (link === undefined) throw new PermissionError(notLoggedIn);
  return link;
}

/** Undefined when GitHub does not take the login. */
async function whoIs({ client }: GitHubParts, link: GitHubLink): Promise<string | undefined> {
  try {
    return (await client.whoAmI(link)).login;
  } catch (error) {
    if (error instanceof LoginRefusedError) return undefined;
    throw error;
  }
}

/** @throws PermissionError when the login does not count (any more); SwitchboardError when it is not told what it asks for */
async function orExplain<T>(lead: string, { person }: GitHubLink, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof PermissionError)) throw error;
    if (error instanceof LoginRefusedError) throw new PermissionError(notLoggedIn);
    throw listingFailed(person?.by === "browser" ? lead : `${lead}: ${tokensAreNotTold}`, error);
  }
}

/** GitHub answers 403 to them. */
const tokensAreNotTold =
  "GitHub does not tell a personal access token where the GitHub App is installed. Log in with the browser in its place";

function listingFailed(message: string, cause: unknown, details?: Readonly<Record<string, unknown>>): SwitchboardError {
  return new SwitchboardError("HS_ADDITIONAL_ACTION_REQUIRED", message, { cause, ...(details === undefined ? {} : { details }) });
}

async function withoutAccess({ app }: GitHubParts, context: Context): Promise<SwitchboardError> {
  return listingFailed(noRepositoriesOfOrg, undefined, { installUrl: await app.installUrl(context) });
}

function wishOf(query: AccountRequest["query"]): PageWish {
  // The schema of the route holds both, with defaults.
  return query as unknown as PageWish;
}

function toAnswer({ page }: PageWish, repositories: readonly ReachedRepository[], changeSelectionUrl: string | undefined): object {
  const items = repositories.map(({ name, full_name: fullName, owner, description }) => ({
    ...{ name, owner: owner.login, fullName },
    description: description ?? null,
    avatarUrl: owner.avatar_url ?? null,
  }));
  return { loggedIn: true, page, repositories: items, ...(changeSelectionUrl === undefined ? {} : { changeSelectionUrl }) };
}

async function allOf<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function firstOf<T>(items: AsyncIterable<T>, isWanted: (item: T) => boolean): Promise<T | undefined> {
  for await (const item of items) if (isWanted(item)) return item;
  return undefined;
}

/** Nothing is asked for behind it. */
async function pageOf<T>(items: AsyncIterable<T>, { page, perPage }: PageWish): Promise<readonly T[]> {
  const found: T[] = [];
  let before = (page - 1) * perPage;
  for await (const item of items) {
    if (before > 0) before -= 1;
    else found.push(item);
    if (found.length === perPage) break;
  }
  return found;
}
