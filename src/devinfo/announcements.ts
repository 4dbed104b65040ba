import type { DevinfoSubmission } from "../core/devinfo.js";
import { projectKeyIn } from "../core/issue-keys.js";
import type { DevinfoEcho, DevinfoObserver, DevinfoOutcome, SubmissionDetails } from "../core/ports/devinfo.js";
import { devinfoCardEvent } from "../vocabulary/devinfo-card.js";
import { askedOf, type RoomDirectory } from "./asking-rooms.js";
import { createCard } from "./create-card.js";

/** A submission may name hundreds of thousands of projects; nobody has so many rooms. */
const mostProjects = 1_000;

const nothing: DevinfoEcho = { changes: [] };

/**
 * Brings what is new to rooms: one event for each submission, which says what rooms may ask for. Which words it has in a room is found out in
 * that room's turn (room-words.ts). Where no room asks it costs one look-up for each project that is named.
 */
export function createDevinfoAnnouncements(directory: RoomDirectory): DevinfoObserver {
  const serviceIds = [...new Set(directory.kinds.map(({ serviceId }) => serviceId))];

  async function announce(
    submission: DevinfoSubmission,
    outcome: DevinfoOutcome,
    { instance }: SubmissionDetails,
    projects: readonly string[],
  ): Promise<DevinfoEcho> {
    const events: NonNullable<DevinfoEcho["events"]>[number][] = [];
    for (const serviceId of serviceIds) {
      const asked = await askedOf(serviceId, projects, directory);
      const card = asked.size === 0 ? undefined : createCard(submission.provider, outcome, asked);
      if (card === undefined) continue;
      const kinds = directory.kinds.filter((kind) => kind.serviceId === serviceId);
      const told = [...new Set(card.issueKeys.map(projectKeyIn))];
      const routingKeys = new Set(told.flatMap((project) => kinds.map(({ issueKeys }) => issueKeys.routingKey(project))));
      const bound = instance === undefined ? card : { ...card, instance };
      events.push({ serviceId, event: devinfoCardEvent(bound, [...routingKeys]) });
    }
    return events.length === 0 ? nothing : { changes: [], events };
  }

  return {
    recorded(submission, outcome, about) {
      if (submission.isBackfill || serviceIds.length === 0) return nothing;
      const projects = projectsOf(outcome);
      return projects.length === 0 ? nothing : announce(submission, outcome, about, projects);
    },
  };
}

/** Those that what was stored names. */
function projectsOf({ repositories }: DevinfoOutcome): readonly string[] {
  const projects = new Set<string>();
  for (const { entries } of repositories) {
    for (const { entry, result } of entries) {
      if (result !== "stored") continue;
      for (const key of entry.issueKeys) {
        projects.add(projectKeyIn(key));
        if (projects.size >= mostProjects) return [...projects];
      }
    }
  }
  return [...projects];
}
