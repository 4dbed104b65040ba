import { gitIntegrationsProvider } from "../core/devinfo.js";
import { providerMistake } from "../core/devinfo-provider.js";
import { NotFoundError, ValidationError } from "../core/errors.js";
import type { Devinfo, ProviderSummary } from "../core/ports/devinfo.js";
import type { DevinfoReport, DevinfoReportStore } from "../core/ports/devinfo-reports.js";
import type { SmartCommitOutcomes } from "../core/ports/smart-commit-store.js";
import { isOurProvider } from "./lost-providers.js";
import { withSmartCommitOutcomes } from "./smart-commit-outcomes.js";

/** A provider as an administrator sees it. */
export interface ShownProvider extends ProviderSummary {
  /** Whether somebody calls for it; what we read ourselves has nobody. */
  readonly caller: "there" | "missing" | "ours";
}

/** What an administrator can ask and do about development information while Switchboard runs. */
export interface DevinfoDesk {
  /** The newest first. */
  submissions(query: { readonly provider?: string; readonly limit: number }): Promise<readonly DevinfoReport[]>;
  /** @throws NotFoundError */
  submission(id: string): Promise<DevinfoReport>;
  /** All that have data, by name. */
  providers(): Promise<readonly ShownProvider[]>;
  /** @throws NotFoundError; ValidationError for a name that nobody may give; SwitchboardError HS_CONFLICTING_CONNECTION for one that is taken */
  renameProvider(provider: string, name: string): Promise<void>;
  /** @throws NotFoundError; ValidationError */
  deleteProvider(provider: string): Promise<void>;
}

interface DevinfoDeskOptions {
  readonly devinfo: Pick<Devinfo, "providers" | "renameProvider" | "deleteProvider">;
  readonly reports: Pick<DevinfoReportStore, "list" | "get">;
  readonly smartCommits: SmartCommitOutcomes;
  /** Providers of all callers that there are now. */
  readonly called: () => Promise<ReadonlySet<string>>;
}

export function createDevinfoDesk({ devinfo, reports, smartCommits, called }: DevinfoDeskOptions): DevinfoDesk {
  return {
    submissions: async (query) => withSmartCommitOutcomes(await reports.list(query), smartCommits),
    async submission(id) {
      const found = await reports.get(id);
      const [report] = found === undefined ? [] : await withSmartCommitOutcomes([found], smartCommits);
      if (report === undefined)
        throw new NotFoundError("There is no such submission. It may have been so long ago that nothing is kept of it.");
      return report;
    },
    async providers() {
      const [stored, calling] = await Promise.all([devinfo.providers(), called()]);
      return stored.map((provider) => ({ ...provider, caller: callerOf(provider.provider, calling) }));
    },
    async renameProvider(provider, name) {
      if (isOurProvider(provider)) throw new ValidationError(`${provider} is what Switchboard reads itself, and has to keep its name.`);
      const mistake = providerMistake(name);
      if (mistake !== undefined) throw new ValidationError(`${JSON.stringify(name)} ${mistake}`);
      await devinfo.renameProvider(provider, name);
    },
    async deleteProvider(provider) {
      if (provider === gitIntegrationsProvider) throw ownedByIntegrations();
      await devinfo.deleteProvider(provider);
    },
  };
}

function callerOf(provider: string, called: ReadonlySet<string>): ShownProvider["caller"] {
  if (isOurProvider(provider)) return "ours";
  return called.has(provider) ? "there" : "missing";
}

/** Repositories remember how far they were read: what is taken from under them would not come again. */
function ownedByIntegrations(): ValidationError {
  return new ValidationError(`${gitIntegrationsProvider} is what registered Git integrations brought; delete those instead.`);
}
