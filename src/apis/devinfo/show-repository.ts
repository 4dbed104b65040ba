import type { DevinfoEntityType } from "../../core/devinfo.js";
import type { RepositoryReading } from "../../core/ports/devinfo.js";

/** A stored repository as JSON, put together from texts: parsing four hundred entities would only take time. */
export function showRepository({ updateSequenceId, json, entries }: RepositoryReading): Buffer {
  const list = (type: DevinfoEntityType): string => `[${entries.flatMap((entry) => (entry.type === type ? [entry.json] : [])).join(",")}]`;
  const lists = `"commits":${list("commit")},"branches":${list("branch")},"pullRequests":${list("pull_request")}`;
  return Buffer.from(`${json.slice(0, -1)},"updateSequenceId":${updateSequenceId},${lists}}`);
}
