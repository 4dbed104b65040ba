import type { RemoteService } from "../../core/registered-remote.js";
import { awsCodeCommitRemote } from "./remote-check.js";

/** AWS CodeCommit, as far as it can be registered. */
export function createAwsCodeCommitRemote(): RemoteService {
  return { id: "aws-codecommit", title: "AWS CodeCommit", remote: awsCodeCommitRemote };
}
