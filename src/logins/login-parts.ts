import type { BegunLogin, TicketStore, UndoableLogin } from "../core/ports/login-tickets.js";
import type { Random } from "../shared/random.js";
import type { ErrandDesk } from "./errands.js";
import type { LoginNotices } from "./notices.js";
import type { RecentChanges } from "./recent-changes.js";

/** Tickets of all services. */
export interface LoginTickets {
  readonly begun: TicketStore<BegunLogin>;
  readonly undoable: TicketStore<UndoableLogin>;
}

/** What the logins of all services share. */
export interface LoginParts {
  readonly tickets: LoginTickets;
  readonly errands: ErrandDesk;
  readonly notices: LoginNotices;
  readonly changes: RecentChanges;
  readonly random: Random;
}
