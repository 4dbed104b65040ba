import { describe, expect, it } from "vitest";
import type { IssueParams } from "./connector-system.js";
import { issueHabitsOf } from "./issue-habits.js";
import type { Params } from "./param-rules.js";

const systems: Readonly<Record<string, IssueParams>> = {
  workflows: {
    type: { param: "t_issue_type", default: "Bug" },
    labels: ["issue_label"],
    close: { param: "t_close", default: "Close Issue" },
    reopen: { param: "t_reopen", default: "Reopen Issue" },
    doneStatuses: { param: "t_done", default: "Resolved,Closed" },
  },
  labels: { labels: ["issue_label", "own_label"] },
};

const usual = { type: "Bug", close: "Close Issue", reopen: "Reopen Issue", doneStatuses: ["Resolved", "Closed"] };

function habitsOf(id: string, params: Params): unknown {
  const issueParams = systems[id];
  return issueHabitsOf(issueParams === undefined ? {} : { issueParams }, params);
}

describe("issueHabitsOf", () => {
  it.each<{ readonly title: string; readonly system: string; readonly params: Params; readonly habits: unknown }>([
    { title: "takes what is usual where nothing is given", system: "workflows", params: {}, habits: usual },
    {
      title: "takes what is given, without blanks around it",
      system: "workflows",
      params: {
        t_issue_type: " Vulnerability ",
        t_close: "Done",
        t_reopen: "Back",
        t_done: "Done, , Won't fix",
        issue_label: "scan,two words,scan",
      },
      habits: {
        type: "Vulnerability",
        close: "Done",
        reopen: "Back",
        doneStatuses: ["Done", "Won't fix"],
        labels: ["scan", "two words"],
      },
    },
    { title: "takes blank for not given", system: "workflows", params: { t_issue_type: " ", t_done: "" }, habits: usual },
    { title: "reads numbers as text", system: "workflows", params: { t_issue_type: 7 }, habits: { ...usual, type: "7" } },
    {
      title: "joins the labels of several params",
      system: "labels",
      params: { issue_label: "a", own_label: "b,a", t_issue_type: "Bug" },
      habits: { labels: ["a", "b"] },
    },
    { title: "has none for a system without such params", system: "none", params: { t_issue_type: "Bug" }, habits: undefined },
  ])("$title", ({ system, params, habits }) => {
    expect(habitsOf(system, params)).toEqual(habits);
  });
});
