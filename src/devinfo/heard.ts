import type { CardEntity } from "../vocabulary/devinfo-card.js";

/*
 * A room hears of one commit, or of one state of a pull request, once, whichever provider comes first. What the provider that told last tells
 * anew is a change that was found against what it said before, and so is told again. Of what another one says only a state counts that is not
 * known yet, or is newer: it may be late with what the first one said long ago.
 */

/** What a room heard of one thing. Of commits and branches no state is noted. */
export interface Heard {
  /** Who told of it last, and with which sequence. */
  readonly teller: string;
  readonly sequence: string;
  /** Of a pull request: the state that was told last, when that was so, and all that were told. */
  readonly status?: CardEntity["status"];
  readonly at?: number;
  readonly statuses?: readonly string[];
}

type Told = Pick<CardEntity, "type" | "sequence" | "status" | "happenedAt">;

/** Whether it is news to a room. @param heard undefined where the room heard nothing of it */
export function isNews({ type, sequence, status, happenedAt }: Told, teller: string, heard: Heard | undefined): boolean {
  if (heard === undefined) return true;
  if (type === "commit") return false;
  if (heard.teller === teller) return heard.sequence !== sequence;
  if (type === "branch" || status === heard.status) return false;
  const { at = 0, statuses = [] } = heard;
  return happenedAt > at || (happenedAt === at && !statuses.includes(status ?? ""));
}

/** What the room has heard then. */
export function hearing({ status, sequence, happenedAt }: Told, teller: string, heard: Heard | undefined): Heard {
  if (status === undefined) return { teller, sequence };
  const statuses = [...new Set([...(heard?.statuses ?? []), status])];
  return { teller, sequence, status, at: happenedAt, statuses };
}

export function readHeard(note: string): Heard {
  // Written by `writeHeard`.
  return JSON.parse(note) as Heard;
}

export function writeHeard(heard: Heard): string {
  return JSON.stringify(heard);
}
