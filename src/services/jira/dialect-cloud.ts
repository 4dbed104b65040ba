import { adfToText, toAdf } from "./adf.js";
import type { Dialect } from "./dialect.js";

/** `5b10a2844c20165700ede21g`, or with a number in front: `712020:` and a UUID. */
const accountId = /^(?:[0-9a-z]{24}|\d+:[0-9a-f-]{36})$/i;

/** Jira Cloud, REST version 3: documents, account ids, and a search of its own (`POST /rest/api/3/search` is gone). */
export const cloudDialect: Dialect = {
  richText: toAdf,
  plainText: adfToText,
  searchPath: "search/jql",
  userId: (user) => user.accountId ?? undefined,
  assignee: (userId) => ({ accountId: userId }),
  // `query` looks at names and addresses only.
  userQuery: (typed) => (accountId.test(typed) ? { accountId: typed } : { query: typed }),
};
