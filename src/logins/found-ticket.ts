import type { Ticket, TicketStore } from "../core/ports/login-tickets.js";
import type { ActiveService } from "../core/service.js";

/** A ticket that still counts, and the service it belongs to. */
export interface FoundTicket<Kind> {
  readonly id: string;
  readonly ticket: Kind;
  readonly active: ActiveService;
}

/** @returns undefined where there is none, it has ended, or it belongs to none of the services */
export async function findTicket<Kind extends Ticket>(
  store: TicketStore<Kind>,
  services: readonly ActiveService[],
  id: string,
): Promise<FoundTicket<Kind> | undefined> {
  const ticket = await store.get(id);
  const active = services.find(({ service }) => service.id === ticket?.serviceId);
  return ticket === undefined || active === undefined || ticket.endsAt <= active.context.now() ? undefined : { id, ticket, active };
}
