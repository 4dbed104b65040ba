import type { JiraClient } from "./client.js";
import type { CommitAuthors } from "./commit-authors.js";
import type { LoginBook } from "./personal-login.js";

/** What the service is made of: it compiles schemas and remembers what it asked, so it is made once. */
export interface JiraParts {
  readonly client: JiraClient;
  readonly logins: LoginBook;
}

/** Where logins begin and end, and where smart commits look for their authors. */
export interface AccountParts extends JiraParts {
  readonly authors: CommitAuthors;
}
