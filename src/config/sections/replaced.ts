import type { SettingSchema } from "../setting-schema.js";

function replacedBy(description: string): SettingSchema {
  return { deprecated: true, description };
}

/** Top-level keys of Hookshot that have no effect here, and what takes their place; the loader warns in these words. */
export const replaced = {
  webhook: replacedBy("Older form of a listener with the resource `webhooks`: write it under `listeners`."),
  cache: replacedBy("Redis is not needed: everything is kept in the data folder, `storage.path`. The section can be removed."),
  queue: replacedBy(
    "There are no separate workers: one process does all the work and keeps its queue in `storage.path`. The section can be removed.",
  ),
  sentry: replacedBy("Reports to Sentry are not built: errors are in the log, and `metrics` counts them."),
  widgets: replacedBy("The widget is not built yet: rooms are connected by typing `!connect`, and `!connections` lists what they have."),
  goNebMigrator: replacedBy("The go-neb migrator was removed in Hookshot 7. The section can be removed."),
} as const satisfies Readonly<Record<string, SettingSchema>>;
