import type { Devinfo } from "../core/ports/devinfo.js";
import type { NotTakenDevinfo } from "../core/ports/devinfo-reports.js";

/** What chat shows of development information. */
export interface DevinfoInChat {
  readonly devinfo: Pick<Devinfo, "byIssueKey" | "instanceOf">;
  readonly reports: NotTakenDevinfo;
  readonly callers: {
    /** Providers of all that may send. */
    providers(): Promise<ReadonlySet<string>>;
    /** The name of what a provider is bound to; undefined where it is for all, or nobody sends for it any more. */
    instanceOf(provider: string): Promise<string | undefined>;
  };
}
