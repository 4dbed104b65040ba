import { withoutTrailingSlashes } from "../shared/url.js";
import { usualGitSettings, type GitIntegrationDraft, type GitIntegrationSettings, type SentGitIntegration } from "./git-integration.js";
import type { GitIntegrationType } from "./git-integration-type.js";

/** A new integration of what was sent. Whether it fits is judged elsewhere. */
export function draftGitIntegration(sent: SentGitIntegration, type: GitIntegrationType): GitIntegrationDraft {
  const global = sent.settings.global ?? (sent.settings.projectMappingIds ?? []).length === 0;
  const settings = joinSettings({ ...usualGitSettings, ...type.defaults, ...sent.settings, global });
  const origin = sent.origin ?? usualOriginOf(type, settings);
  return {
    type: type.id,
    displayName: sent.displayName ?? nameAfter(origin, type, settings),
    origin,
    settings,
    secrets: withoutEmpty(sent.secrets),
  };
}

/** What becomes of an integration by what was sent; what was not sent stays. */
export function changeGitIntegration(before: GitIntegrationDraft, sent: SentGitIntegration, type: GitIntegrationType): GitIntegrationDraft {
  const settings = joinSettings({ ...before.settings, ...sent.settings });
  return {
    type: before.type,
    displayName: sent.displayName ?? before.displayName,
    origin: sent.origin ?? followSettings(before, type, settings),
    settings,
    secrets: withoutEmpty({ ...before.secrets, ...sent.secrets }),
  };
}

/** An origin that follows from the settings, such as a region's, goes with them. */
function followSettings(before: GitIntegrationDraft, type: GitIntegrationType, settings: GitIntegrationSettings): string {
  return before.origin === usualOriginOf(type, before.settings) ? usualOriginOf(type, settings) : before.origin;
}

/** Empty where it has to be said. */
function usualOriginOf({ usualOrigin }: GitIntegrationType, settings: GitIntegrationSettings): string {
  return usualOrigin?.(settings) ?? "";
}

function nameAfter(origin: string, type: GitIntegrationType, settings: GitIntegrationSettings): string {
  const address = withoutTrailingSlashes(origin);
  if (type.usualName !== undefined && address === usualOriginOf(type, settings)) return type.usualName;
  return type.namedAfter === "origin" ? origin : `${address}/*`;
}

/** A global integration has no projects of its own. */
function joinSettings(settings: GitIntegrationSettings): GitIntegrationSettings {
  const given = withoutEmpty(settings);
  return given.global ? { ...given, projectMappingIds: [] } : given;
}

function withoutEmpty<Values extends object>(values: Values): Values {
  // The cast: what may be an empty text may be absent.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== "")) as Values;
}
