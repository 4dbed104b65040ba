import type { Connection } from "../../core/connection.js";
import type { ServiceContext } from "../../core/service.js";
import type { MarkdownRenderer } from "../../shared/markdown.js";
import type { HookCall } from "./call.js";
import type { GenericConfig, HookState } from "./schema.js";
import type { Templates } from "./template.js";
import type { TransformRunner } from "./transform.js";

/** What the service's parts share; made once. */
export interface HookParts {
  readonly renderer: MarkdownRenderer;
  readonly templates: Templates;
  readonly runner: TransformRunner;
}

/** A request that has to be worded for one connection. */
export interface WordingInput {
  readonly call: HookCall;
  readonly state: HookState;
  readonly connection: Connection;
  readonly context: ServiceContext<GenericConfig>;
  readonly parts: HookParts;
  /** Names the hook, in every room that it posts to. */
  readonly hookKey: string;
}
