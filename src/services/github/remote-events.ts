import type { WebhookSender } from "../../core/webhook.js";
import { ownMember, ownText } from "../../shared/own-member.js";
import { parseHttpUrl } from "../../shared/url.js";
import type { GitHubEvent } from "./events.js";
import type { EventTable } from "./events-table.js";
import { cameWithIssue } from "./labels.js";
import { registeredWebUrl } from "./registered-site.js";
import { isSameRepository, parseRepository, repositoryName, type RepositoryName } from "./repository-name.js";
import { servesRepository } from "./served-repository.js";

/*
 * What a registered remote's own webhook says. Its sender knows that remote's secret and no other, so it is believed only about repositories
 * at that remote's address, and among its projects.
 */

/** The repository that a payload is about; undefined where the sender has no say in it, or where it is about none. */
export function believedRepository(payload: object, sender: WebhookSender): RepositoryName | undefined {
  const repository = ownMember(payload, "repository");
  const named = repositoryName(ownText(ownMember(repository, "owner"), "login"), ownText(repository, "name"));
  if (parseHttpUrl(sender.url) === undefined) return undefined;
  const site = { webUrl: registeredWebUrl(sender) };
  const address = parseRepository(ownText(repository, "html_url") ?? "", site);
  // Else it might be read as a bare name.
  const isAddress = parseHttpUrl(ownText(repository, "html_url")) !== undefined;
  // What messages show.
  const [owner, name, ...others] = ownText(repository, "full_name")?.split("/") ?? [];
  const full = others.length === 0 ? repositoryName(owner, name) : undefined;
  if (named === undefined || address === undefined || full === undefined || !isAddress) return undefined;
  const isOne = isSameRepository(named, address) && isSameRepository(named, full);
  return isOne && servesRepository(sender.projects, named) ? named : undefined;
}

/**
 * The event, for rooms that are connected to the repository: rooms of issues and discussions are the GitHub App's. Labels are told one by
 * one, because nothing is kept of what a remote says.
 * @param name with the action, where there is one
 * @throws ValidationError when the payload does not fit
 */
export function readRemoteEvent(name: string, payload: object, table: EventTable): GitHubEvent | undefined {
  // Installations are the App's: through one of them it would read what the sender cannot.
  const { installation: _, ...believed } = { installation: undefined, ...payload };
  if (name === "issues.labeled") return labeled(believed, table);
  const event = table.readers.get(name)?.(believed);
  return event === undefined || "discussion" in event ? undefined : event;
}

function labeled(payload: object, table: EventTable): GitHubEvent | undefined {
  const change = table.readLabelChange(payload);
  if (change === undefined || cameWithIssue(change)) return undefined;
  const { label, ...others } = change;
  return { name: "issues.labeled", ...others, labels: [label] };
}
