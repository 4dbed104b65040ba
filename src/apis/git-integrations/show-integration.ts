import type { GitIntegration } from "../../remotes/git-integration.js";

/**
 * An integration as programs see it, in the order of the published examples. What is undefined is left out of the answer.
 * @param lastIndexedAt milliseconds since the epoch
 */
export function showIntegration({ id, type, displayName, origin, settings, createdAt }: GitIntegration, lastIndexedAt?: number): object {
  return {
    id,
    displayName,
    origin,
    disabled: settings.disabled,
    sendCommitEmails: settings.sendCommitEmails,
    maxMinsToCommitEmail: settings.maxMinsToCommitEmail,
    global: settings.global,
    initDate: createdAt,
    lastIndexedDate: lastIndexedAt,
    revisionIndexing: settings.revisionIndexing,
    gitViewerEnabled: settings.gitViewerEnabled,
    disableSslVerification: settings.disableSslVerification,
    smartCommitsEnabled: settings.smartCommitsEnabled,
    tagsFilter: settings.tagsFilter,
    prHideFilter: settings.prHideFilter,
    requireUserPat: settings.requireUserPat,
    projectMappingIds: settings.projectMappingIds,
    integrationType: type,
    showAllTags: settings.tagsFilter === undefined,
    sourcesDiffViewEnabled: settings.sourcesDiffViewEnabled,
    refSpecNotes: settings.refSpecNotes,
    refSpecChanges: settings.refSpecChanges,
    trustFolderStat: settings.trustFolderStat,
    apiPath: settings.apiPath,
    apiFilter: settings.apiFilter,
    tfsCollection: settings.tfsCollection,
    awsRegion: settings.awsRegion,
    folderDepth: settings.folderDepth,
    refSpecCustom: settings.refSpecCustom,
  };
}
