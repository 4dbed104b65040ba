import type { RemoteService } from "../../core/remote-service.js";
import { awsCodeCommitRemote } from "./remote-check.js";
import { awsCodeCommitRepositories } from "./repositories.js";

/** AWS CodeCommit, as far as it can be registered. */
export function createAwsCodeCommitRemote(): RemoteService {
  return { id: "aws-codecommit", title: "AWS CodeCommit", remote: awsCodeCommitRemote, repositories: awsCodeCommitRepositories };
}
