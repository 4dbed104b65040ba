import type { Callers } from "../../callers/callers.js";
import { devinfoScope } from "../../core/api-scopes.js";
import { ValidationError } from "../../core/errors.js";
import type { Devinfo } from "../../core/ports/devinfo.js";
import { createOperation } from "../../http/operation.js";
import type { Route } from "../../http/route.js";
import { toIssueKey } from "./issue-key-ledger.js";
import { issueAnswerSchema, issueKeySchema, issueQuerySchema, issueTag, longestPage } from "./issue-schema.js";
import { showIssue } from "./show-issue.js";

interface IssueRouteOptions {
  readonly callers: Pick<Callers, "authenticate">;
  readonly devinfo: Pick<Devinfo, "byIssueKey">;
}

const pageSize = 100;

/** `GET /api/v1/issues/{key}/devinfo`: what is known of an issue, for programs with a token of ours. */
export function createIssueRoute({ callers, devinfo }: IssueRouteOptions): Route {
  return createOperation({
    tag: issueTag.name,
    auth: "token",
    method: "GET",
    path: "/api/v1/issues/:key/devinfo",
    summary: "Lists commits, branches and pull requests that name an issue.",
    description: "An issue of which nothing is known has an empty list.",
    params: { key: issueKeySchema },
    query: issueQuerySchema,
    answer: {
      description: "A page of them.",
      schema: issueAnswerSchema,
      headers: { "content-type": "application/json" },
    },
    authenticate: ({ headers }) => callers.authenticate(headers["authorization"], devinfoScope),
    // Every 401 has to name a way in (RFC 9110, 11.6.1).
    refuse: ({ code, message }) =>
      code === "HS_BAD_TOKEN"
        ? { status: 401, headers: { "www-authenticate": "Bearer" }, body: { errcode: code, error: message } }
        : undefined,
    // Names of branches and people are nobody's in between.
    answerHeaders: { "cache-control": "no-store" },
    async handle({ params, query: { page } }) {
      const key = toIssueKey(params.key);
      if (key === undefined) throw new ValidationError("That is no key of an issue: write it as PLAY-1.");
      const after = page === undefined ? {} : { after: readPage(page) };
      const { entries, next } = await devinfo.byIssueKey(key, { limit: pageSize, ...after });
      return showIssue(key, entries, next === undefined ? undefined : writePage(next));
    },
  });
}

function writePage(next: string): string {
  return Buffer.from(next, "utf8").toString("base64url");
}

/** Only what `writePage` wrote: nothing is read past what does not belong there. */
function readPage(page: string): string {
  const after = page.length > longestPage ? "" : Buffer.from(page, "base64url").toString("utf8");
  if (after === "" || writePage(after) !== page) throw new ValidationError(issueQuerySchema.properties.page.mistake);
  return after;
}
