import type { Dialect } from "./dialect.js";
import { toWikiMarkup, wikiToText } from "./wiki-markup.js";

/** Jira Server and Data Center, REST version 2: wiki markup and user names. */
export const serverDialect: Dialect = {
  richText: toWikiMarkup,
  plainText: wikiToText,
  searchPath: "search",
  userId: (user) => user.name ?? undefined,
  assignee: (userId) => ({ name: userId }),
  // It looks at full names and addresses, too.
  userQuery: (typed) => ({ username: typed }),
};
