import { RemoteError } from "../../core/errors.js";
import type { TrackerUser } from "../../core/issue-tracker.js";
import type { HttpClient } from "../../core/ports/http-client.js";
import { pathSegment } from "../../shared/url.js";
import { browserAccess } from "./access.js";
import type { JiraClient } from "./client.js";
import type { JiraInstance } from "./instances.js";
import type { SiteAnswer } from "./rest-schema.js";
import type { RequestSigner } from "./signer.js";
import { createTracker } from "./tracker.js";

/** How far a login at Jira Cloud reaches. */
interface Reach {
  /** Where Jira Cloud answers apps. */
  readonly instance: JiraInstance;
  readonly signer: RequestSigner;
  readonly sites: readonly SiteAnswer[];
}

/**
 * Who a person is at Jira Cloud. A site may be closed to the person although the app reaches it, and the app may lack the right to ask for the
 * account, to which Atlassian says 403, or 401: a token that is good for the sites is no worse than that.
 * @throws RemoteError
 */
export async function userAtCloud(client: JiraClient, { instance, signer, sites }: Reach, http: HttpClient): Promise<TrackerUser> {
  const [site] = sites;
  try {
    const { account_id: id, name, email } = await client.account({ http, access: browserAccess(instance, signer) });
    return { id, displayName: name || id, ...(email ? { email } : {}) };
  } catch (error) {
    if (site === undefined || !(error instanceof RemoteError) || (error.isTransient && error.status !== 401)) throw error;
    const access = browserAccess(instance, signer, { apiUrl: `${instance.url}/ex/jira/${pathSegment(site.id)}` });
    return createTracker(client, { http, access }).whoAmI();
  }
}
