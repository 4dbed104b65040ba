import type { JiraClient } from "./client.js";
import type { LoginBook } from "./personal-login.js";

/** What the service is made of: it compiles schemas and remembers what it asked, so it is made once. */
export interface JiraParts {
  readonly client: JiraClient;
  readonly logins: LoginBook;
}
