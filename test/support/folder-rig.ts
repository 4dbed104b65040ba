import type { RegisteredRemote } from "../../src/core/registered-remote.js";
import type { RemoteService } from "../../src/core/remote-service.js";
import type { HostedRepository, ReadBranch, ReadCommit, RepositoryHost, RepositorySlice } from "../../src/core/repository-host.js";
import { createGitFolderRemote } from "../../src/services/git-folder/index.js";
import { systemClock } from "../../src/shared/clock.js";
import { RepositoryFolder } from "./git-repositories.js";

/** What a run brought, all slices together. */
export interface FolderRun {
  readonly slices: readonly RepositorySlice[];
  readonly commits: readonly ReadCommit[];
  readonly branches: readonly ReadBranch[];
  /** Of the last slice; what was given where there was none. */
  readonly cursor: string | undefined;
  /** The last slice. */
  readonly last: RepositorySlice | undefined;
}

/** A folder with real repositories, and the service that reads it. */
export class FolderRig {
  readonly folder = new RepositoryFolder();
  readonly #service: RemoteService;

  /** @param trackedFolders the folder itself unless given */
  constructor(trackedFolders?: (path: string) => readonly string[]) {
    this.#service = createGitFolderRemote({ trackedFolders: trackedFolders?.(this.folder.path) ?? [this.folder.path], clock: systemClock });
  }

  check(url = `${this.folder.path}/*`, folderDepth = "1", now = Date.now): ReturnType<RemoteService["remote"]["check"]> {
    return this.#service.remote.check(this.remote(url, folderDepth), noHttp, now);
  }

  async list(url = `${this.folder.path}/*`, folderDepth = "1"): Promise<readonly HostedRepository[]> {
    const found: HostedRepository[] = [];
    for await (const repository of this.#host.list(this.#access(url, folderDepth))) found.push(repository);
    return found;
  }

  /** @param url unless given, the folder in which all repositories are */
  slices(root: string, cursor?: string, signal?: AbortSignal, url?: string): AsyncIterable<RepositorySlice> {
    const { read } = this.#host;
    if (read === undefined) throw new TypeError("nothing can be read");
    return read({ id: root, name: root, root }, cursor, this.#access(url ?? `${this.folder.path}/*`, "1", signal));
  }

  async read(root: string, cursor?: string): Promise<FolderRun> {
    return collect(this.slices(root, cursor), cursor);
  }

  /** As far as so many slices; then nobody asks any more, as after a crash. */
  async readSlices(root: string, count: number, cursor?: string): Promise<FolderRun> {
    const some = async function* (slices: AsyncIterable<RepositorySlice>): AsyncGenerator<RepositorySlice> {
      let left = count;
      for await (const slice of slices) {
        yield slice;
        left -= 1;
        if (left === 0) return;
      }
    };
    return collect(some(this.slices(root, cursor)), cursor);
  }

  remote(url: string, folderDepth: string): RegisteredRemote {
    return {
      ...{ serviceId: "git-folder", url, settings: { folderDepth }, checksCertificate: true, usesProxy: true },
      account: { kind: "none" },
    };
  }

  get #host(): RepositoryHost {
    const { repositories } = this.#service;
    if (repositories === undefined) throw new TypeError("it holds no repositories");
    return repositories;
  }

  #access(url: string, folderDepth: string, signal = new AbortController().signal): Parameters<RepositoryHost["list"]>[0] {
    return { remote: this.remote(url, folderDepth), http: noHttp, signal, now: Date.now };
  }
}

const noHttp = { request: () => Promise.reject(new TypeError("a request was made")) };

async function collect(read: AsyncIterable<RepositorySlice>, cursor: string | undefined): Promise<FolderRun> {
  const slices: RepositorySlice[] = [];
  for await (const slice of read) slices.push(slice);
  return {
    slices,
    commits: slices.flatMap(({ commits = [] }) => commits),
    branches: slices.flatMap(({ branches = [] }) => branches),
    cursor: slices.at(-1)?.cursor ?? cursor,
    last: slices.at(-1),
  };
}
