import type { Connection } from "../../core/connection.js";
import { notice } from "../../core/message.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { RemoteEvent } from "../../core/remote-event.js";
import type { Rendered, ServiceContext } from "../../core/service.js";
import type { ServiceTask } from "../../core/service-task.js";
import { markdown, type MarkdownRenderer } from "../../shared/markdown.js";
import { forgetOldGroups } from "./alert-groups.js";
import { expiringEvent, type HookExpiring } from "./call.js";
import { expiryOf } from "./expiry.js";
import { ghostOf } from "./ghost.js";
import { hookState } from "./hook-state.js";
import type { GenericConfig } from "./schema.js";

type Context = ServiceContext<GenericConfig>;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Told when no more than the first and more than the second is left (reference 2.9). */
const tellBelowMs = 72 * hourMs;
const tellAboveMs = 15 * minuteMs;
const warnedFolder = "warned/";
const forgottenAtOnce = 1_000;
const pauseMs = { shortest: 15 * minuteMs, longest: 30 * minuteMs };

/** Tells rooms of hooks that expire soon, once for each date, and forgets groups of alerts that nobody will edit any more. */
export const hookTask: ServiceTask<GenericConfig> = {
  name: "hooks that expire",
  async run(context) {
    if (context.config.sendExpiryNotice) await tellOfExpiring(context);
    const forgotten = [...(await forgetOldGroups(context.store, context.now())), ...(await forgetOldWarnings(context))];
    if (forgotten.length > 0) await context.commit(forgotten);
    return pauseMs.shortest + context.random.fraction() * (pauseMs.longest - pauseMs.shortest);
  },
};

async function tellOfExpiring(context: Context): Promise<void> {
  for await (const connection of context.connections.all()) {
    const expiry = connection.status.kind === "active" ? expiryOf(hookState(connection.state)) : undefined;
    if (expiry === undefined || !isDue(expiry - context.now())) continue;
    if ((await context.store.get(warnedPlace(connection.id, expiry))) !== undefined) continue;
    const payload: HookExpiring = { connectionId: connection.id, hours: hoursIn(expiry - context.now()) };
    const event: RemoteEvent = { name: expiringEvent, routingKeys: connection.remoteKeys.slice(0, 1), payload };
    await context.emit(event, `expiring/${connection.id}/${expiry}`, [markWarned(context, connection.id, expiry)]);
  }
}

export function isDue(leftMs: number): boolean {
  return leftMs <= tellBelowMs && leftMs > tellAboveMs;
}

/** Remembers that the room knows; also for a hook that is made with so little time. */
export function markWarned({ store }: Pick<Context, "store">, connectionId: Connection["id"], expiryMs: number): StoreChange {
  return store.put(warnedPlace(connectionId, expiryMs), "yes");
}

/** Of what has expired. */
async function forgetOldWarnings({ store, now }: Context): Promise<readonly StoreChange[]> {
  const all = await store.list(warnedFolder, forgottenAtOnce);
  return all.filter(([place]) => Number(place.slice(place.lastIndexOf("/") + 1)) <= now()).map(([place]) => store.remove(place));
}

function warnedPlace(connectionId: Connection["id"], expiryMs: number): string {
  return `${warnedFolder}${connectionId}/${expiryMs}`;
}

function hoursIn(leftMs: number): number {
  return Math.max(1, Math.round(leftMs / hourMs));
}

/** The notice, in Hookshot's words. */
export function renderExpiring(event: RemoteEvent, connection: Connection, context: Context, renderer: MarkdownRenderer): Rendered {
  // `tellOfExpiring` made it.
  const { connectionId, hours } = event.payload as HookExpiring;
  if (connectionId !== connection.id) return { kind: "ignored", reason: "another connection of the hook expires" };
  const { name } = hookState(connection.state);
  const text = markdown`The webhook **${name}** will be expiring in ${hours === 1 ? "1 hour" : `${hours} hours`}.`;
  const ghost = ghostOf(name, context);
  return {
    kind: "messages",
    messages: [notice(text.text, renderer.inline(text), { "m.mentions": {} })],
    ...(ghost === undefined ? {} : { as: ghost }),
  };
}
