/**
 * Does a thing that nothing ends early, such as a call of the file system, one at a time: while the last has not ended,
 * the next fails at once. Each call on a disk that does not answer holds one of Node's few threads for such work.
 */
export function oneAtATime(run: () => Promise<void>): () => Promise<void> {
  let running = false;
  return async () => {
    if (running) throw new Error('no answer yet: the last check still waits');
    running = true;
    try {
      await run();
    } finally {
      running = false;
    }
  };
}
