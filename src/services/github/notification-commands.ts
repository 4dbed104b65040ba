import { NotFoundError, PermissionError, ValidationError } from "../../core/errors.js";
import type { UserId } from "../../core/ids.js";
import type { StoreChange } from "../../core/ports/unit-of-work.js";
import type { AccountCommand } from "../../core/room-commands.js";
import type { ServiceContext } from "../../core/service.js";
import { joinMarkdown, markdown, type Markdown } from "../../shared/markdown.js";
import { code, sentence } from "../../shared/sentence.js";
import { tokenWay } from "./login-help.js";
import { describeFilter, parseFilter } from "./notification-filters.js";
import { readPosition, readSettings, writePosition, writeSettings, type NotificationSettings } from "./notification-store.js";
import { newPosition } from "./notifications.js";
import type { GitHubConfig } from "./schema.js";
import { requirePerson, type GitHubParts } from "./session.js";

// Hookshot's answers, word for word, its slip of the pen included (reference 3.4).
const disabled = "Notifications are disabled.";
const enabledNow = "Enabled GitHub notifcations";
const disabledNow = "Disabled GitHub notifcations";
const participating = "Filtering for events you are participating in.";
const all = "Showing all events.";

const mostFilters = 50;

type Context = ServiceContext<GitHubConfig>;
type Outcome = { readonly answer: Markdown; readonly changes?: readonly StoreChange[] };
type Run = (words: readonly string[], actor: UserId, context: Context) => Promise<Outcome>;

/** What people say about their notifications from GitHub, in the direct chat with the bot. */
export function createNotificationCommands(parts: GitHubParts): readonly AccountCommand<GitHubConfig>[] {
  const name = { name: "name", required: true };
  const command = (
    words: string,
    help: string,
    run: Run,
    args: AccountCommand<GitHubConfig>["arguments"] = [],
  ): AccountCommand<GitHubConfig> => ({
    ...{ name: words, help, run, arguments: args, level: "notifications" },
  });
  return [
    command("github notifications", "Show whether you are told of your notifications at GitHub.", showNotifications),
    command("github notifications toggle", "Turn notifications from GitHub on or off.", (_words, actor, context) =>
      toggle(parts, actor, context),
    ),
    command("github notifications filter participating", "Turn on or off that only events you take part in are told.", toggleParticipating),
    command("filters list", "List your saved filters.", listFilters),
    command("filters set", "Save a filter: orgs:a,b users:c repos:a/d.", setFilter, [
      name,
      { name: "parameters", required: true, isText: true },
    ]),
    command("filters notifications toggle", "Use a saved filter for your notifications, or use it no more.", toggleFilter, [name]),
  ];
}

async function showNotifications(_words: readonly string[], actor: UserId, { store }: Context): Promise<Outcome> {
  const { isEnabled, isParticipating } = await readSettings(actor, store);
  if (!isEnabled) return { answer: markdown`${disabled}` };
  return { answer: markdown`Notifications are enabled, Showing ${isParticipating ? "events you are participating in." : "all events."}` };
}

async function toggle(parts: GitHubParts, actor: UserId, context: Context): Promise<Outcome> {
  const { store } = context;
  const settings = await readSettings(actor, store);
  if (settings.isEnabled) {
    return { answer: markdown`${disabledNow}`, changes: [writeSettings(actor, { ...settings, isEnabled: false }, store)] };
  }
  // Without a login there is nothing to ask GitHub with; and it tells nothing to any but those (its REST documentation, "Notifications").
  const { person } = await requirePerson(parts, actor, context);
  if (person?.by === "browser") {
    throw new PermissionError(
      "GitHub tells notifications to classic personal access tokens only.",
      "HS_FORBIDDEN_USER",
      `To be told of them, make ${tokenWay(context)}: it takes the place of your login with the browser.`,
    );
  }
  const changes = [writeSettings(actor, { ...settings, isEnabled: true }, store), writePosition(actor, newPosition(context), store)];
  return { answer: markdown`${enabledNow}`, changes };
}

async function toggleParticipating(_words: readonly string[], actor: UserId, { store }: Context): Promise<Outcome> {
  const settings = await readSettings(actor, store);
  const isParticipating = !settings.isParticipating;
  const position = await readPosition(actor, store);
  const changes = [writeSettings(actor, { ...settings, isParticipating }, store)];
  // What GitHub said of the other list's last change does not hold for this one.
  if (position !== undefined) {
    const { lastModified: _other, ...kept } = position;
    changes.push(writePosition(actor, kept, store));
  }
  return { answer: markdown`${isParticipating ? participating : all}`, changes };
}

async function listFilters(_words: readonly string[], actor: UserId, { store }: Context): Promise<Outcome> {
  const { filters, filtersInUse } = await readSettings(actor, store);
  const entries = Object.entries(filters);
  if (entries.length === 0)
    return { answer: sentence("You have no filters. Save one with `filters set <name> orgs:a,b users:c repos:a/d`.") };
  const lines = entries.map(([name, filter]) => {
    const use = filtersInUse.includes(name) ? " (in use for notifications)" : "";
    return markdown`- ${name}: ${code(describeFilter(filter))}${use}`;
  });
  return { answer: joinMarkdown([markdown`Your filters:`, joinMarkdown(lines, "\n")], "\n\n") };
}

async function setFilter(words: readonly string[], actor: UserId, { store }: Context): Promise<Outcome> {
  const [name = "", ...rest] = words;
  const filter = parseFilter(rest.flatMap((word) => word.split(/\s+/)).filter((word) => word !== ""));
  if (!/^[\w-]{1,64}$/.test(name) || filter === undefined) {
    throw new ValidationError(
      "Type `filters set <name> orgs:a,b users:c repos:a/d`, with a name of letters and digits and at least one of the three.",
    );
  }
  const settings = await readSettings(actor, store);
  const filters = new Map(Object.entries(settings.filters)).set(name, filter);
  if (filters.size > mostFilters) throw new ValidationError(`Nobody can have more than ${mostFilters} filters.`);
  const changes = [writeSettings(actor, { ...settings, filters: Object.fromEntries(filters) }, store)];
  return {
    answer: markdown`Stored new filter "${name}". You can now apply the filter by saying ${code(`filters notifications toggle ${name}`)}`,
    changes,
  };
}

async function toggleFilter([name = ""]: readonly string[], actor: UserId, { store }: Context): Promise<Outcome> {
  const settings = await readSettings(actor, store);
  if (!Object.hasOwn(settings.filters, name)) {
    throw new NotFoundError(`You have no filter "${name}". \`filters list\` shows those that you have.`);
  }
  const isInUse = settings.filtersInUse.includes(name);
  const filtersInUse = isInUse ? settings.filtersInUse.filter((other) => other !== name) : [...settings.filtersInUse, name];
  const changed: NotificationSettings = { ...settings, filtersInUse };
  const answer = isInUse
    ? markdown`The filter "${name}" is no longer used for notifications`
    : markdown`The filter "${name}" is used for notifications`;
  return { answer, changes: [writeSettings(actor, changed, store)] };
}
