import type { UserId } from "./ids.js";
import type { ServiceContext } from "./service-context.js";

/** A question that programs ask for a person: to which account they are logged in, and what they could connect (reference 4.5). */
export interface AccountRoute<Config> {
  /** Below the API's `/v1`: `/jira/instances/:name/projects`. Asked with GET. */
  readonly path: string;
  /** One line. */
  readonly summary: string;
  readonly description?: string;
  /** What the parameters of the path mean. */
  readonly params?: Readonly<Record<string, string>>;
  /** JSON Schema of the query besides `userId`, an object: texts are read as the types it names, defaults are filled in. */
  readonly querySchema?: Readonly<Record<string, unknown>>;
  /** JSON Schema of the answer. */
  readonly answerSchema: Readonly<Record<string, unknown>>;
  /** @throws SwitchboardError whose code and message become the answer; RemoteError */
  run(request: AccountRequest, context: ServiceContext<Config>): Promise<object>;
}

export interface AccountRequest {
  readonly actor: UserId;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
}
