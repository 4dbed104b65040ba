import type { StandInStatus, StandInTransition } from "./jira-records.js";

/** The statuses of every project, in the order of the work. */
export const statuses: readonly StandInStatus[] = [
  { id: "10000", name: "To Do", category: { id: 2, key: "new", name: "To Do" } },
  { id: "3", name: "In Progress", category: { id: 4, key: "indeterminate", name: "In Progress" } },
  { id: "10001", name: "Done", category: { id: 3, key: "done", name: "Done" } },
];

/** Moves have names of their own, as in many a workflow: what people type may be the move's or the status's. */
const transitions: readonly (StandInTransition & { readonly from: string })[] = [
  { id: "11", name: "Start progress", from: "To Do", to: "In Progress" },
  { id: "21", name: "Stop progress", from: "In Progress", to: "To Do" },
  { id: "31", name: "Resolve", from: "In Progress", to: "Done" },
  { id: "41", name: "Reopen", from: "Done", to: "To Do" },
];

/** The moves that the workflow allows from a status. */
export function transitionsFrom(status: string): readonly StandInTransition[] {
  return transitions.filter(({ from }) => from === status);
}

/** @throws TypeError for a status that no project has: only the stand-in's own code names them */
export function statusNamed(name: string): StandInStatus {
  const status = statuses.find((candidate) => candidate.name === name);
  if (status === undefined) throw new TypeError(`The stand-in has no status ${name}: ${statuses.map((known) => known.name).join(", ")}`);
  return status;
}
