/** Something that `switchboard init` asks, or is told by a flag. */
export interface SetUpQuestion {
  /** The flag's name without dashes, for example `homeserver-url`; the answer goes by it. */
  readonly flag: string;
  /** What stands for the answer in the help, for example `url`. */
  readonly placeholder: string;
  /** For the help and for the question: begins with a small letter, ends without a period. */
  readonly description: string;
  /** Taken where nothing is answered; shown in brackets. */
  readonly preset?: string;
  /** Only the person knows it: where nobody can be asked, the flag has to be there, whatever the preset. */
  readonly isRequired?: true;
  /** Not echoed while it is typed. */
  readonly isSecret?: true;
  /** Never asked: random characters unless the flag is there. */
  readonly isGenerated?: true;
  /** Asked only where that flag has an answer. */
  readonly follows?: string;
  /** Why an answer, which is never empty, cannot be used: `must be …`. Undefined: it can. */
  problem?(answer: string): string | undefined;
}

/** Answers by flag; absent where nothing was answered. */
export type SetUpAnswers = Readonly<Record<string, string | undefined>>;

/** How a service is set up by `switchboard init`. Its functions are plain ones: they do not use `this`. */
export interface ServiceSetUp {
  /** Their flags begin with the service's id, so that no two services share one. */
  readonly questions: readonly SetUpQuestion[];
  /** A sentence on what is wrong with answers that are right one by one. */
  readonly problem?: (answers: SetUpAnswers) => string | undefined;
  /** Its section of the configuration; the comments in the file come from the section's schema. Undefined: it is not wanted. */
  readonly section: (answers: SetUpAnswers) => Readonly<Record<string, unknown>> | undefined;
  /** What remains to be done, at the remote and in a room: sentences. Nothing secret may stand in them. */
  readonly nextSteps: (answers: SetUpAnswers, webhookPort: number) => readonly string[];
}
