/** Told of each step. */
export type Report = (step: string) => void;

/** A part of a node, and how it is. */
export interface PartStatus {
  readonly part: string;
  readonly isWell: boolean;
  /** In words. */
  readonly says: string;
}

/** A Kubernetes of one node on this machine. */
export interface OneNodeCluster {
  /** As a sentence has it: `the kind cluster ballast`. */
  readonly what: string;
  /** How kubectl reaches it, as a command for a shell. */
  readonly access: string;

  isRunning(): Promise<boolean>;

  /**
   * Starts the node, or what of it does not run, and waits until it is ready with its add-ons. Safe to repeat.
   *
   * @throws when something is missing, saying what, and when the node does not get ready.
   */
  up(report: Report): Promise<void>;

  /** Ends the node, if it runs; what it stored stays. @throws when something of it is left. */
  down(): Promise<void>;

  /** Ends the node and forgets its objects and volumes. @throws as {@link down} does. */
  reset(): Promise<void>;

  /** How the parts of the node are, while it runs. */
  status(): Promise<readonly PartStatus[]>;

  /** Gives the node that runs the images of an archive, as `docker save` writes it. @throws when it is none. */
  load(archive: string): Promise<void>;

  /**
   * Gives the node that runs those images of a stack that it has not and does not get by itself.
   *
   * @returns those that it was given now. Pods run on with what was there before under the same name.
   * @throws when one cannot be had.
   */
  provideImages(images: readonly string[], report: Report): Promise<string[]>;
}
