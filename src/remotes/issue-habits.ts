import type { IssueHabits } from "../core/registered-remote.js";
import type { ConnectorSystem, IssueParams } from "./connector-system.js";
import type { Params } from "./param-rules.js";

/**
 * How a connector's params say that issues are made and moved.
 * @returns undefined for a system whose params say nothing of it
 */
export function issueHabitsOf({ issueParams }: Pick<ConnectorSystem, "issueParams">, params: Params): IssueHabits | undefined {
  if (issueParams === undefined) return undefined;
  const type = textOf(issueParams.type, params);
  const close = textOf(issueParams.close, params);
  const reopen = textOf(issueParams.reopen, params);
  const doneStatuses = listIn(textOf(issueParams.doneStatuses, params) ?? "");
  const labels = issueParams.labels.flatMap((param) => listIn(textOf({ param, default: "" }, params) ?? ""));
  return {
    ...(type === undefined ? {} : { type }),
    ...(close === undefined ? {} : { close }),
    ...(reopen === undefined ? {} : { reopen }),
    ...(doneStatuses.length === 0 ? {} : { doneStatuses }),
    ...(labels.length === 0 ? {} : { labels: [...new Set(labels)] }),
  };
}

/** What is given blank counts as not given. */
function textOf(named: IssueParams["type"], params: Params): string | undefined {
  if (named === undefined) return undefined;
  const given = Object.hasOwn(params, named.param) ? String(params[named.param]).trim() : "";
  const text = given === "" ? named.default : given;
  return text === "" ? undefined : text;
}

function listIn(text: string): readonly string[] {
  return text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}
