/** Something that a command needs stored was not stored. The work waits and runs again, whatever the error passed through on its way. */
export class MustWait extends Error {
  constructor(cause: unknown) {
    super("The room's work waits", { cause });
    this.name = "MustWait";
  }
}

/** Stores something in the middle of a command. @throws MustWait with the failure as its cause */
export async function storeOrWait(store: () => Promise<void>): Promise<void> {
  try {
    await store();
  } catch (error) {
    throw new MustWait(error);
  }
}
