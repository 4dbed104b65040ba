import type { DevinfoEntry } from "../core/devinfo.js";
import { showEntry } from "../core/devinfo-entry.js";
import type { RecordedEntry } from "../core/ports/devinfo.js";

/**
 * Issues in whose rooms it is news, among those given: all of them where the entity is new or what people see of it changed, else those that it
 * did not name before.
 */
export function newsFor({ entry, before }: Pick<RecordedEntry, "entry" | "before">, issueKeys: readonly string[]): readonly string[] {
  if (before === undefined) return issueKeys;
  const known = new Set(before.issueKeys);
  const added = issueKeys.filter((key) => !known.has(key));
  if (added.length === issueKeys.length || visible(entry) !== visible(before)) return issueKeys;
  return added;
}

/** What changes beside this, such as the last commit of a branch or the reviewers of a pull request, is told of itself or not at all. */
function visible(entry: DevinfoEntry): string {
  const shown = showEntry(entry);
  switch (shown.type) {
    case "commit":
      return shown.entity.message;
    case "branch":
      return shown.entity.name;
    case "pull_request":
      return JSON.stringify([shown.entity.status, shown.entity.title]);
  }
}
