import type { DevinfoEntityType } from "../core/devinfo.js";
import type { RecordedEntry, RefusedDevinfo } from "../core/ports/devinfo.js";
import type { ExplainedIssue, NotTakenPart } from "../core/ports/devinfo-reports.js";
import { cutText } from "../vocabulary/cut-text.js";

/** As many as a report lists, of each kind of thing. */
export const mostExplained = 50;
/** As many records as one submission leaves for issues, however many it names. */
const mostIssues = 250;
/** As many of one entity: the others' turn comes too. */
const mostIssuesOfOne = 20;

const longestId = 255;
const longestMessage = 300;
const mostMessages = 3;

/** What was not taken, with the issues that it names. */
export interface NotTakenEntity extends NotTakenPart {
  readonly issueKeys: readonly string[];
}

export function ofRefused({ repositoryId, type, id, issueKeys, messages }: RefusedDevinfo): NotTakenEntity {
  const said = messages.slice(0, mostMessages).map((message) => cutText(message, longestMessage));
  return { ...partOf(repositoryId, type, id), issueKeys, reason: said.join(" ") };
}

export function ofRecorded(repositoryId: string, recorded: RecordedEntry): NotTakenEntity {
  const { type, id, issueKeys } = recorded.entry;
  return { ...partOf(repositoryId, type, id), issueKeys, reason: reasonOf(recorded) };
}

/** For each issue that is named; an issue that several entities name has several. @param instance that the sender is bound to */
export function explainNotTaken(notTaken: readonly NotTakenEntity[], instance?: string): readonly ExplainedIssue[] {
  const explained: ExplainedIssue[] = [];
  const bound = instance === undefined ? {} : { instance };
  for (const entity of notTaken) {
    for (const issueKey of entity.issueKeys.slice(0, mostIssuesOfOne)) {
      if (explained.length === mostIssues) return explained;
      explained.push({ issueKey, ...toPart(entity), ...bound });
    }
  }
  return explained;
}

export function toPart({ issueKeys: _, ...part }: NotTakenEntity): NotTakenPart {
  return part;
}

function partOf(repositoryId: string, type: DevinfoEntityType | undefined, id: string | undefined): Omit<NotTakenPart, "reason"> {
  return {
    repositoryId: cutText(repositoryId, longestId),
    ...(type === undefined ? {} : { type }),
    ...(id === undefined ? {} : { id: cutText(id, longestId) }),
  };
}

function reasonOf({ entry, result, before }: RecordedEntry): string {
  const sequence = String(entry.updateSequenceId);
  if (result === "deleted") return `A delete was asked for that covers its updateSequenceId ${sequence}.`;
  const stored = before === undefined ? "a newer one" : String(before.updateSequenceId);
  return `Its updateSequenceId is ${sequence}, and ${stored} is stored already.`;
}
